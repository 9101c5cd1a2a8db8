using System.Net;
using System.Net.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

// P8 (docs/design/hardening.md): podman pulls parts of zstd:chunked layers with several ranges in one request.
public class ByteRangePartsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    const int Size = 5000;

    readonly string _name = TestRegistry.NewName();

    [Theory]
    [InlineData("bytes=0-9,100-199,4990-", "0-9 100-199 4990-4999")]
    [InlineData("bytes=0-0,-1", "0-0 4999-4999")]
    [InlineData("bytes=200-299, ,0-99", "200-299 0-99")]
    [InlineData("bytes=0-9,10-19", "0-9 10-19")]
    [InlineData("bytes=0-2499,2500-9999", "0-2499 2500-4999")]
    [InlineData("bytes=0-9,7000-7001,20-29", "0-9 20-29")]
    public async Task Several_ranges_are_a_multipart_body_in_their_order(string range, string expected)
    {
        foreach (var redirect in new[] { false, true })
        {
            await using var host = await TestRegistry.StartAsync(options => options.RedirectDownloads = redirect);
            var content = await PushAsync();
            using var response = await GetAsync(host.Client, content, range);
            Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
            Assert.Equal(DigestOf(content), response.Headers.GetValues("Docker-Content-Digest").Single());
            Assert.Null(response.Content.Headers.ContentRange);

            var parts = await ReadPartsAsync(response);
            Assert.Equal(expected, string.Join(' ', parts.Select(part => $"{part.Range.From}-{part.Range.To}")));
            Assert.All(parts, part =>
            {
                Assert.Equal(Size, part.Range.Length);
                Assert.Equal(content[(int)part.Range.From!..((int)part.Range.To! + 1)], part.Bytes);
            });
        }
    }

    [Fact]
    public async Task One_satisfiable_range_of_several_is_answered_as_one()
    {
        var content = await PushAsync();
        using var response = await GetAsync(registry.Client, content, "bytes=7000-7001,20-29");
        Assert.Equal((HttpStatusCode.PartialContent, "bytes 20-29/5000"),
            (response.StatusCode, response.Content.Headers.ContentRange!.ToString()));
        Assert.Equal(content[20..30], await response.Content.ReadAsByteArrayAsync());
    }

    [Theory]
    [InlineData("bytes=5000-5001,7000-")]
    [InlineData("bytes=0-1,5-4")]
    [InlineData("bytes=0-1,a-b")]
    [InlineData("bytes=,")]
    public async Task Without_a_satisfiable_range_or_with_an_invalid_one_it_is_416(string range)
    {
        using var response = await GetAsync(registry.Client, await PushAsync(), range);
        Assert.Equal("bytes */5000", response.Content.Headers.ContentRange!.ToString());
        await response.AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "SIZE_INVALID");
    }

    /// <summary>The work of one request is bounded: a read of the storage for each range, and no more bytes than the blob has.</summary>
    [Fact]
    public async Task Number_and_sum_of_ranges_are_bounded()
    {
        await using var host = await TestRegistry.StartAsync();
        var content = await PushAsync();
        var before = host.Transactions;
        using var most = await GetAsync(host.Client, content, Ranges(128));
        Assert.Equal(128, (await ReadPartsAsync(most)).Count);
        Assert.Equal(129, host.Transactions - before);

        foreach (var range in new[] { Ranges(129), Ranges(1024), "bytes=0-,0-0", "bytes=0-2600,2400-" })
        {
            before = host.Transactions;
            using var refused = await GetAsync(host.Client, content, range);
            await refused.AssertErrorAsync(HttpStatusCode.BadRequest, "UNSUPPORTED");
            Assert.Equal(1, host.Transactions - before);
        }
        static string Ranges(int count) => $"bytes={string.Join(',', Enumerable.Range(0, count).Select(i => $"{i * 4}-{(i * 4) + 1}"))}";
    }

    [Fact]
    public async Task Head_ignores_ranges()
    {
        using var request = new HttpRequestMessage(HttpMethod.Head, $"/v2/{_name}/blobs/{DigestOf(await PushAsync())}");
        request.Headers.TryAddWithoutValidation("Range", "bytes=0-1,5-6");
        using var response = await registry.Client.SendAsync(request);
        Assert.Equal((HttpStatusCode.OK, Size), (response.StatusCode, response.Content.Headers.ContentLength));
    }

    async Task<byte[]> PushAsync()
    {
        var content = RandomBytes(Size);
        await registry.Client.PostBlobAsync(_name, content);
        return content;
    }

    async Task<HttpResponseMessage> GetAsync(HttpClient client, byte[] content, string range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{_name}/blobs/{DigestOf(content)}");
        request.Headers.TryAddWithoutValidation("Range", range);
        return await client.SendAsync(request);
    }

    /// <summary>The parts as the framework's own reader finds them.</summary>
    static async Task<List<(ContentRangeHeaderValue Range, byte[] Bytes)>> ReadPartsAsync(HttpResponseMessage response)
    {
        var type = response.Content.Headers.ContentType!;
        Assert.Equal("multipart/byteranges", type.MediaType);
        var body = await response.Content.ReadAsByteArrayAsync();
        Assert.Equal(body.Length, response.Content.Headers.ContentLength);
        var reader = new MultipartReader(type.Parameters.Single(p => p.Name == "boundary").Value!, new MemoryStream(body));
        var parts = new List<(ContentRangeHeaderValue, byte[])>();
        while (await reader.ReadNextSectionAsync() is { } section)
        {
            Assert.Equal("application/octet-stream", section.ContentType);
            using var bytes = new MemoryStream();
            await section.Body.CopyToAsync(bytes);
            parts.Add((ContentRangeHeaderValue.Parse(section.Headers!["Content-Range"].ToString()), bytes.ToArray()));
        }
        return parts;
    }
}
