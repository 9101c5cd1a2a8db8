using System.Net;
using System.Net.Http.Headers;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

public class BlobEndpointsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly HttpClient _client = registry.Client;
    readonly string _name = TestRegistry.NewName();

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(1_000_000)]
    [InlineData(9_000_000)]
    public async Task A_blob_comes_back_as_it_was_pushed(int size)
    {
        var content = RandomBytes(size);
        await _client.PushBlobAsync(_name, content);
        using var get = await _client.GetAsync(Path(content));
        Assert.Equal(HttpStatusCode.OK, get.StatusCode);
        Assert.Equal(content, await get.Content.ReadAsByteArrayAsync());
        Assert.Equal(size, get.Content.Headers.ContentLength);
        Assert.Equal("application/octet-stream", get.Content.Headers.ContentType!.ToString());
        Assert.Equal(DigestOf(content), get.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal("bytes", get.Headers.AcceptRanges.Single());
        using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(content)));
        Assert.Equal(size, head.Content.Headers.ContentLength);
        Assert.Equal(DigestOf(content), head.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Theory]
    [InlineData("bytes=500-1499", 500, 1000)]
    [InlineData("bytes=500-", 500, 4500)]
    [InlineData("bytes=-500", 4500, 500)]
    [InlineData("bytes=-9000", 0, 5000)]
    [InlineData("bytes=2000-9000", 2000, 3000)]
    [InlineData("bytes=0-0", 0, 1)]
    [InlineData("bytes=4999-99999999999999999999", 4999, 1)]
    public async Task A_range_is_answered_with_that_part(string range, int offset, int length)
    {
        foreach (var redirect in new[] { false, true })
        {
            await using var host = await TestRegistry.StartAsync(options => options.RedirectDownloads = redirect);
            var content = RandomBytes(5000);
            await host.Client.PushBlobAsync(_name, content);
            using var response = await GetRangeAsync(host.Client, Path(content), range);
            // The storage knows no suffix ranges.
            if (redirect && !range.StartsWith("bytes=-", StringComparison.Ordinal))
            {
                Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
                if (range.Length > 30) continue;
                using var direct = await GetRangeAsync(host.Client, response.Headers.Location!.ToString(), range);
                Assert.Equal(content[offset..(offset + length)], await direct.Content.ReadAsByteArrayAsync());
                continue;
            }
            Assert.Equal(HttpStatusCode.PartialContent, response.StatusCode);
            Assert.Equal($"bytes {offset}-{offset + length - 1}/5000", response.Content.Headers.ContentRange!.ToString());
            Assert.Equal(content[offset..(offset + length)], await response.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData("\"{digest}\"", HttpStatusCode.PartialContent)]
    [InlineData("\"sha256:other\"", HttpStatusCode.OK)]
    [InlineData("W/\"{digest}\"", HttpStatusCode.OK)]
    [InlineData("Wed, 21 Oct 2026 07:28:00 GMT", HttpStatusCode.OK)]
    public async Task Range_is_sent_only_if_If_Range_matches(string condition, HttpStatusCode expected)
    {
        var content = RandomBytes(5000);
        await _client.PushBlobAsync(_name, content);
        using var request = new HttpRequestMessage(HttpMethod.Get, Path(content));
        request.Headers.TryAddWithoutValidation("Range", "bytes=10-19");
        request.Headers.TryAddWithoutValidation("If-Range", condition.Replace("{digest}", DigestOf(content), StringComparison.Ordinal));
        using var response = await _client.SendAsync(request);
        Assert.Equal(expected, response.StatusCode);
        Assert.Equal(expected == HttpStatusCode.OK ? content : content[10..20], await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Conditional_get_of_a_blob_is_304_and_blobs_are_immutable_to_caches()
    {
        var content = RandomBytes(5000);
        await _client.PushBlobAsync(_name, content);
        foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
        {
            foreach (var (tag, expected) in new[] { (DigestOf(content), HttpStatusCode.NotModified), ("other", HttpStatusCode.OK) })
            {
                using var request = new HttpRequestMessage(method, Path(content));
                request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{tag}\"");
                using var response = await _client.SendAsync(request);
                Assert.Equal(expected, response.StatusCode);
                Assert.Equal("max-age=31536000, immutable", response.Headers.GetValues("Cache-Control").Single());
                Assert.Equal($"\"{DigestOf(content)}\"", response.Headers.ETag!.ToString());
            }
        }
    }

    [Theory]
    [InlineData("bytes=5000-")]
    [InlineData("bytes=500-0")]
    [InlineData("bytes=-0")]
    [InlineData("bytes=-")]
    [InlineData("bytes=a-b")]
    public async Task A_range_outside_of_the_blob_is_416(string range)
    {
        var content = RandomBytes(5000);
        await _client.PushBlobAsync(_name, content);
        using var response = await GetRangeAsync(_client, Path(content), range);
        Assert.Equal("bytes */5000", response.Content.Headers.ContentRange!.ToString());
        await response.AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "SIZE_INVALID");
    }

    [Fact]
    public async Task Ignorable_range_is_answered_with_the_whole_blob()
    {
        var content = RandomBytes(50);
        await _client.PushBlobAsync(_name, content);
        using var response = await GetRangeAsync(_client, Path(content), "items=0-1");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(content, await response.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Redirected_downloads_are_signed_for_one_blob_and_a_short_time()
    {
        await using var host = await TestRegistry.StartAsync(options => options.RedirectDownloads = true);
        var content = RandomBytes(1000);
        await host.Client.PushBlobAsync(_name, content);
        using var response = await host.Client.GetAsync(Path(content));
        Assert.Equal(HttpStatusCode.TemporaryRedirect, response.StatusCode);
        Assert.True(response.Headers.CacheControl!.NoStore);
        Assert.Equal(DigestOf(content), response.Headers.GetValues("Docker-Content-Digest").Single());
        var query = System.Web.HttpUtility.ParseQueryString(response.Headers.Location!.Query);
        Assert.Equal(("b", "r"), (query["sr"], query["sp"]));
        Assert.True(DateTimeOffset.Parse(query["se"]!, null) < DateTimeOffset.UtcNow.AddMinutes(15));
        Assert.Equal(content, await host.Client.GetByteArrayAsync(response.Headers.Location));
        using var write = await host.Client.DeleteAsync(response.Headers.Location);
        Assert.Equal(HttpStatusCode.Forbidden, write.StatusCode);
        using var head = await host.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(content)));
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
    }

    [Fact]
    public async Task A_blob_is_known_only_in_the_repositories_that_link_it()
    {
        var content = RandomBytes(100);
        await _client.PushBlobAsync(_name, content);
        using var response = await _client.GetAsync($"/v2/{TestRegistry.NewName()}/blobs/{DigestOf(content)}");
        await response.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UNKNOWN");
    }

    [Fact]
    public async Task Deleted_blob_is_404_at_once_and_can_be_pushed_again()
    {
        var content = RandomBytes(100);
        for (var i = 0; i < 3; i++)
        {
            await _client.PushBlobAsync(_name, content);
            Assert.Equal(content, await _client.GetByteArrayAsync(Path(content)));
            using var delete = await _client.DeleteAsync(Path(content));
            Assert.Equal(HttpStatusCode.Accepted, delete.StatusCode);
            using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, Path(content)));
            Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
            using var again = await _client.DeleteAsync(Path(content));
            await again.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UNKNOWN");
        }
    }

    [Fact]
    public async Task Referenced_blob_cannot_be_deleted_before_its_manifest()
    {
        var layer = RandomBytes(100);
        var manifest = await _client.PushImageAsync(_name, "v1", layer);
        using var refused = await _client.DeleteAsync(Path(layer));
        Assert.Contains(DigestOf(manifest), await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await refused.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");
        (await _client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).Dispose();
        using var deleted = await _client.DeleteAsync(Path(layer));
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
    }

    string Path(byte[] content) => $"/v2/{_name}/blobs/{DigestOf(content)}";

    static async Task<HttpResponseMessage> GetRangeAsync(HttpClient client, string path, string range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Range", range);
        request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
        return await client.SendAsync(request);
    }
}
