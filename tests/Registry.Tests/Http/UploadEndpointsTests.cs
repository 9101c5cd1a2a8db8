using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

public class UploadEndpointsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly HttpClient _client = registry.Client;
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task An_upload_begins_with_a_relative_location_that_contains_a_uuid()
    {
        var location = await _client.BeginUploadAsync(_name);
        Assert.StartsWith($"/v2/{_name}/blobs/uploads/", location, StringComparison.Ordinal);
        Assert.True(Guid.TryParse(SessionOf(location), out _));
        await using var published = await TestRegistry.StartAsync(options => options.PublicUrl = new Uri("https://registry.example.com/"));
        Assert.StartsWith($"https://registry.example.com/v2/{_name}/",
            await published.Client.BeginUploadAsync(_name), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    [InlineData(5_000_000)]
    public async Task A_post_with_a_digest_is_a_whole_push(int size)
    {
        var content = RandomBytes(size);
        using var post = await _client.PostAsync($"/v2/{_name}/blobs/uploads/?digest={DigestOf(content)}", Body(content));
        Assert.Equal(HttpStatusCode.Created, post.StatusCode);
        Assert.Equal($"/v2/{_name}/blobs/{DigestOf(content)}", post.Headers.Location!.ToString());
        Assert.Equal(content, await _client.GetByteArrayAsync(post.Headers.Location));
    }

    [Theory]
    [InlineData("", "sha256")]
    [InlineData("?digest-algorithm=sha512", "sha512")]
    [InlineData("", "sha512")]
    public async Task Chunks_make_a_blob_whichever_algorithm_was_announced(string query, string algorithm)
    {
        var content = RandomBytes(10_000_000);
        var digest = algorithm == "sha256" ? DigestOf(content) : Sha512Of(content);
        var location = await _client.BeginUploadAsync(_name, query);
        foreach (var (from, to) in new[] { (0, 100), (100, 5_000_000), (5_000_000, 9_999_000) })
        {
            using var patch = await PatchAsync(location, content[from..to], $"{from}-{to - 1}");
            Assert.Equal(HttpStatusCode.Accepted, patch.StatusCode);
            Assert.Equal($"0-{to - 1}", patch.Headers.GetValues("Range").Single());
            location = patch.Headers.Location!.ToString();
        }
        using var put = await _client.PutAsync(Closing(location, digest), Body(content[9_999_000..]));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(digest, put.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal(content, await _client.GetByteArrayAsync($"/v2/{_name}/blobs/{digest}"));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(70_000, true)]
    [InlineData(4_194_304, true)]
    [InlineData(12_582_912, false)]
    public async Task Streaming_patch_accepts_any_framing(int size, bool chunked)
    {
        var content = RandomBytes(size);
        var location = await _client.BeginUploadAsync(_name);
        using var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = Body(content) };
        request.Headers.TransferEncodingChunked = chunked;
        using var patch = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, patch.StatusCode);
        location = patch.Headers.Location!.ToString();
        using var put = await _client.PutAsync(Closing(location, DigestOf(content)), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await _client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(content)}"));
    }

    [Fact]
    public async Task Chunks_out_of_order_are_416_and_the_session_continues()
    {
        var content = RandomBytes(1000);
        var location = await _client.BeginUploadAsync(_name);
        await AssertOutOfOrderAsync(await PatchAsync(location, content[500..], "500-999"));
        await AssertStatusAsync("0-0");
        // A range counts more than the location that it is sent to.
        (await PatchAsync(location, content[..500], "0-499")).Dispose();
        foreach (var (from, to) in new[] { (0, 500), (400, 900), (600, 1000) })
            await AssertOutOfOrderAsync(await PatchAsync(location, content[from..to], $"{from}-{to - 1}"));
        using var early = new HttpRequestMessage(HttpMethod.Put, Closing(location, DigestOf(content)))
        {
            Content = Body(content[600..]),
        };
        early.Content.Headers.TryAddWithoutValidation("Content-Range", "600-999");
        await AssertOutOfOrderAsync(await _client.SendAsync(early));
        await AssertStatusAsync("0-499");

        using var closing = new HttpRequestMessage(HttpMethod.Put, Closing(location, DigestOf(content)))
        {
            Content = Body(content[500..]),
        };
        closing.Content.Headers.TryAddWithoutValidation("Content-Range", "500-999");
        using var put = await _client.SendAsync(closing);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await _client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(content)}"));

        async Task AssertStatusAsync(string range)
        {
            using var status = await _client.GetAsync($"{location}&digest=any");
            Assert.Equal(HttpStatusCode.NoContent, status.StatusCode);
            Assert.Equal(range, status.Headers.GetValues("Range").Single());
            Assert.Equal(SessionOf(location), SessionOf(status.Headers.Location!.ToString()));
        }

        static async Task AssertOutOfOrderAsync(HttpResponseMessage response)
        {
            using (response) await response.AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID");
        }
    }

    [Theory]
    [InlineData("bytes 0-9/10", "BLOB_UPLOAD_INVALID")]
    [InlineData("9-0", "BLOB_UPLOAD_INVALID")]
    [InlineData("-5-10", "BLOB_UPLOAD_INVALID")]
    [InlineData("0-99999999999999999999", "BLOB_UPLOAD_INVALID")]
    [InlineData("0-9223372036854775807", "BLOB_UPLOAD_INVALID")]
    [InlineData("0-8", "SIZE_INVALID")]
    [InlineData("0-10", "SIZE_INVALID")]
    public async Task Malformed_or_false_content_range_is_refused(string range, string code)
    {
        var location = await _client.BeginUploadAsync(_name);
        using var known = await PatchAsync(location, RandomBytes(10), range);
        await known.AssertErrorAsync(HttpStatusCode.BadRequest, code);
        using var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = Body(RandomBytes(10)) };
        request.Headers.TransferEncodingChunked = true;
        request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        using var chunked = await _client.SendAsync(request);
        await chunked.AssertErrorAsync(HttpStatusCode.BadRequest, code);
        using var status = await _client.GetAsync(location);
        Assert.Equal("0-0", status.Headers.GetValues("Range").Single());
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(9_000_000, false)]
    [InlineData(100, true)]
    public async Task A_wrong_digest_is_refused_and_the_right_one_still_accepted(int size, bool patched)
    {
        var (content, other) = (RandomBytes(size), RandomBytes(size));
        var location = await _client.BeginUploadAsync(_name);
        if (patched) location = await _client.AppendAsync(location, content);
        using var wrong = await _client.PutAsync(Closing(location, DigestOf(other)), patched ? null : Body(content));
        await wrong.AssertErrorAsync(HttpStatusCode.BadRequest, "DIGEST_INVALID");
        foreach (var digest in new[] { DigestOf(content), DigestOf(other) })
        {
            using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{_name}/blobs/{digest}"));
            Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
        }
        using var right = await _client.PutAsync(Closing(location, DigestOf(content)), patched ? null : Body(content));
        Assert.Equal(HttpStatusCode.Created, right.StatusCode);
    }

    [Fact]
    public async Task A_wrong_digest_of_an_algorithm_that_was_not_announced_ends_the_session()
    {
        var content = RandomBytes(200_000);
        var location = await _client.BeginUploadAsync(_name);
        location = await _client.AppendAsync(location, content);
        using var wrong = await _client.PutAsync(Closing(location, Sha512Of([])), null);
        await wrong.AssertErrorAsync(HttpStatusCode.BadRequest, "DIGEST_INVALID");
        using var status = await _client.GetAsync(location);
        await status.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
    }

    [Theory]
    [InlineData("?digest=sha256:bad")]
    [InlineData("?digest=")]
    [InlineData("?digest=md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("?digest-algorithm=md5")]
    [InlineData("?mount=sha256:bad&from=a")]
    [InlineData("?mount=md5:d41d8cd98f00b204e9800998ecf8427e")]
    [InlineData("?mount=sha256:bad&from=NOT/A/NAME")]
    public async Task Malformed_digest_is_refused(string query)
    {
        using var post = await _client.PostAsync($"/v2/{_name}/blobs/uploads/{query}", Body([1]));
        await post.AssertErrorAsync(HttpStatusCode.BadRequest, "DIGEST_INVALID");
        if (!query.StartsWith("?digest=", StringComparison.Ordinal)) return;
        var location = await _client.BeginUploadAsync(_name);
        using var put = await _client.PutAsync($"{location}&{query[1..]}", Body([1]));
        await put.AssertErrorAsync(HttpStatusCode.BadRequest, "DIGEST_INVALID");
    }

    [Fact]
    public async Task Repeated_closing_put_is_answered_again()
    {
        foreach (var patched in new[] { false, true })
        {
            var content = RandomBytes(1000);
            var location = await _client.BeginUploadAsync(_name);
            if (patched) location = await _client.AppendAsync(location, content);
            for (var i = 0; i < 2; i++)
            {
                using var put = await _client.PutAsync(Closing(location, DigestOf(content)), patched ? null : Body(content));
                Assert.Equal(HttpStatusCode.Created, put.StatusCode);
            }
            using var other = await _client.PutAsync(Closing(location, DigestOf([])), null);
            await other.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Repeated_closing_put_of_a_blob_that_was_deleted_meanwhile_is_not_found(bool patched)
    {
        var content = RandomBytes(1000);
        var location = await _client.BeginUploadAsync(_name);
        if (patched) location = await _client.AppendAsync(location, content);
        using (var put = await _client.PutAsync(Closing(location, DigestOf(content)), patched ? null : Body(content)))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        using (var delete = await _client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(content)}"))
            Assert.Equal(HttpStatusCode.Accepted, delete.StatusCode);
        using var again = await _client.PutAsync(Closing(location, DigestOf(content)), patched ? null : Body(content));
        await again.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
    }

    [Fact]
    public async Task Finished_cancelled_unknown_and_foreign_sessions_are_not_found()
    {
        var content = RandomBytes(10);
        var finished = await _client.BeginUploadAsync(_name);
        (await _client.PutAsync(Closing(finished, DigestOf(content)), Body(content))).Dispose();
        var cancelled = await _client.BeginUploadAsync(_name);
        using (var cancel = await _client.DeleteAsync(cancelled)) Assert.Equal(HttpStatusCode.NoContent, cancel.StatusCode);
        var foreign = (await _client.BeginUploadAsync(TestRegistry.NewName())).Split('/')[^1];
        static string SessionIn(string one, string other) => $"{other.Split('?')[0]}?{one.Split('?')[1]}";
        var uploads = $"/v2/{_name}/blobs/uploads";
        foreach (var location in new[] { finished, cancelled,
            $"{uploads}/{foreign}", SessionIn(foreign, finished), $"{uploads}/{Guid.NewGuid()}", $"{uploads}/nonsense" })
        {
            using var status = await _client.GetAsync(location);
            await status.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
            using var patch = await PatchAsync(location, content, null);
            await patch.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
            using var delete = await _client.DeleteAsync(location);
            await delete.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
            if (location == finished) continue;
            using var put = await _client.PutAsync(Closing(location, DigestOf(content)), Body(content));
            await put.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
        }
    }

    [Fact]
    public async Task Idle_session_expires_after_half_of_the_grace_period()
    {
        await using var shortGrace = await TestRegistry.StartAsync(options => options.Storage.GracePeriod = TimeSpan.FromSeconds(2));
        var location = await shortGrace.Client.BeginUploadAsync(_name);
        await Task.Delay(TimeSpan.FromSeconds(3));
        using var status = await shortGrace.Client.GetAsync(location);
        await status.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
    }

    [Fact]
    public async Task A_mount_links_a_blob_without_its_bytes()
    {
        var content = RandomBytes(100);
        var source = TestRegistry.NewName();
        await _client.PushBlobAsync(source, content);
        foreach (var from in new[] { $"&from={source}", "" })
        {
            var target = TestRegistry.NewName();
            using var mount = await _client.PostAsync($"/v2/{target}/blobs/uploads/?mount={DigestOf(content)}{from}", null);
            Assert.Equal(HttpStatusCode.Created, mount.StatusCode);
            Assert.Equal($"/v2/{target}/blobs/{DigestOf(content)}", mount.Headers.Location!.ToString());
            Assert.Equal(content, await _client.GetByteArrayAsync(mount.Headers.Location));
        }
    }

    /// <summary>The spec has no error for a mount that cannot be done, whatever is wrong with its source.</summary>
    [Theory]
    [InlineData("missing/repository")]
    [InlineData("")]
    [InlineData("host:5000/foo")]
    [InlineData("NOT/A/NAME")]
    [InlineData("a,b")]
    [InlineData("/a//b/")]
    [InlineData("%00")]
    public async Task Mount_that_cannot_be_done_begins_an_upload(string from)
    {
        var content = RandomBytes(100);
        var location = await _client.BeginUploadAsync(_name, $"?mount={DigestOf(content)}&from={from}");
        using var put = await _client.PutAsync(Closing(location, DigestOf(content)), Body(content));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    [Fact]
    public async Task Mount_from_an_invalid_name_links_nothing()
    {
        var content = RandomBytes(100);
        await _client.PushBlobAsync(TestRegistry.NewName(), content);
        await _client.BeginUploadAsync(_name, $"?mount={DigestOf(content)}&from=host:5000/foo");
        using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{_name}/blobs/{DigestOf(content)}"));
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
    }

    /// <summary>The registry notices when it saves what has arrived, while the chunk is still on its way.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("Content-Range: 0-9\r\n")]
    public async Task Chunk_that_another_request_forestalls_is_416(string range)
    {
        // A chunk is saved every sixteenth of the grace period.
        await using var shortGrace = await TestRegistry.StartAsync(options => options.Storage.GracePeriod = TimeSpan.FromSeconds(16));
        var location = await shortGrace.Client.BeginUploadAsync(_name);
        using var socket = new TcpClient();
        await socket.ConnectAsync(IPAddress.Loopback, shortGrace.Address.Port);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes(
            $"PATCH {location} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n{range}\r\n12345"));
        await shortGrace.Client.AppendAsync(location, RandomBytes(20));
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10));
        Assert.Equal("HTTP/1.1 416 Range Not Satisfiable", answer);
        Assert.Contains("Range: 0-19", await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(10)));
    }

    [Fact]
    public async Task Truncated_body_leaves_nothing()
    {
        var content = RandomBytes(1000);
        var location = await _client.BeginUploadAsync(_name);
        foreach (var method in new[] { "PUT" })
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, registry.Address.Port);
            var stream = socket.GetStream();
            await stream.WriteAsync(
                Encoding.ASCII.GetBytes(
                $"{method} {Closing(location, DigestOf(content))} HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n"));
            await stream.WriteAsync(content.AsMemory(0, 400));
            socket.Client.Shutdown(SocketShutdown.Send);
            Assert.DoesNotContain(" 20", (await ReadToEndAsync(stream)).Split('\r')[0], StringComparison.Ordinal);
        }
        using var status = await _client.GetAsync(location);
        Assert.Equal("0-0", status.Headers.GetValues("Range").Single());
        using var put = await _client.PutAsync(Closing(location, DigestOf(content)), Body(content));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    /// <summary>Reads the server's answer until it closes the connection, which it may do without one.</summary>
    static async Task<string> ReadToEndAsync(Stream stream)
    {
        using var reader = new StreamReader(stream);
        try
        {
            return await reader.ReadToEndAsync();
        }
        catch (IOException e) when (e.InnerException is SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return "";
        }
    }

    async Task<HttpResponseMessage> PatchAsync(string location, byte[] content, string? range)
    {
        using var request = new HttpRequestMessage(HttpMethod.Patch, location) { Content = Body(content) };
        if (range is not null) request.Content.Headers.TryAddWithoutValidation("Content-Range", range);
        return await _client.SendAsync(request);
    }
}
