using System.Globalization;
using System.Net;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Server;

/// <summary>Pushes over lines that are slow, pause, or are cut.</summary>
public class SlowLineTests(LineServer server) : IClassFixture<LineServer>
{
    static readonly TimeSpan s_second = TimeSpan.FromSeconds(1);

    [Fact]
    public Task Slow_body_is_stored() => EachPushAsync(RandomBytes(400_000), (content, framing) =>
        new SlowContent(content, framing) { Rate = FullRun.Enabled ? 10_000 : 100_000 });

    [Fact]
    public Task Body_with_a_pause_is_stored() => EachPushAsync(RandomBytes(5), (content, framing) =>
        new SlowContent(content, framing) { Pause = (3, (FullRun.Enabled ? 32 : 2) * s_second) });

    /// <summary>Distribution spec, "Pushing a blob in chunks": a client goes on at the offset in <c>Range</c>.</summary>
    [Theory]
    [InlineData(Framing.Length)]
    [InlineData(Framing.Chunked)]
    [InlineData(Framing.Http2)]
    public async Task Client_that_was_cut_off_goes_on_where_the_registry_says(Framing framing)
    {
        using var client = server.Connect(framing);
        var content = RandomBytes(9_000_000);
        var location = await client.BeginUploadAsync(TestRegistry.NewName());
        using (var cut = new SlowContent(content, framing) { CutAfter = 8_000_000 })
        {
            var failure = await Assert.ThrowsAsync<HttpRequestException>(() => client.PatchAsync(location, cut));
            Assert.IsType<LineCutException>(failure.InnerException);
        }
        var (next, offset) = await WaitForBytesAsync(client, location);
        // What a connection discards when it is reset is lost.
        Assert.InRange(offset, 7_000_000, 8_000_000);
        using var rest = new SlowContent(content.AsMemory(offset), framing);
        using var patched = await client.PatchAsync(next, rest);
        Assert.Equal(HttpStatusCode.Accepted, patched.StatusCode);
        using var put = await client.PutAsync(Closing(patched.Headers.Location!.OriginalString, DigestOf(content)), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await client.GetByteArrayAsync(put.Headers.Location));
    }

    /// <summary>The answer was lost, and the client sends the chunk again to the location that it has.</summary>
    [Theory]
    [InlineData(Framing.Length)]
    [InlineData(Framing.Chunked)]
    [InlineData(Framing.Http2)]
    public async Task Chunk_that_is_sent_twice_is_appended_once(Framing framing)
    {
        using var client = server.Connect(framing);
        var content = RandomBytes(1_000_000);
        var location = await client.BeginUploadAsync(TestRegistry.NewName());
        foreach (var (chunk, range) in new[] { (content[..600_000], "0-599999"), (content[600_000..], "0-999999") })
        {
            using var first = await client.PatchAsync(location, new SlowContent(chunk, framing));
            Assert.Equal(HttpStatusCode.Accepted, first.StatusCode);
            using var again = await client.PatchAsync(location, new SlowContent(chunk, framing));
            await again.AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID");
            Assert.Equal(range, again.Headers.GetValues("Range").Single());
            location = again.Headers.Location!.OriginalString;
        }
        using var put = await client.PutAsync(Closing(location, DigestOf(content)), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    /// <summary>A client that goes away is no fault of the registry: 499 in the audit log, and no word in the log.</summary>
    [Theory]
    [InlineData(Framing.Length)]
    [InlineData(Framing.Chunked)]
    [InlineData(Framing.Http2)]
    public async Task Client_that_goes_away_is_no_error(Framing framing)
    {
        using var client = server.Connect(framing);
        var (name, content) = (TestRegistry.NewName(), RandomBytes(2_000_000));
        var location = await client.BeginUploadAsync(name);
        using (var cut = new SlowContent(content, framing) { CutAfter = 1_000_000 })
            await Assert.ThrowsAsync<HttpRequestException>(() => client.PutAsync(Closing(location, DigestOf(content)), cut));
        var line = await server.Server.WaitForOutputAsync(name);
        Assert.Contains("499", line, StringComparison.Ordinal);
        using (var cut = new SlowContent(content, framing) { CutAfter = 1_000_000 })
            await Assert.ThrowsAsync<HttpRequestException>(() => client.PatchAsync(location, cut));
        await WaitForBytesAsync(client, location);
        Assert.DoesNotContain("fail:", server.Server.Output, StringComparison.Ordinal);
    }

    /// <summary>Waits until the registry has ended a request that was cut; then returns where the upload goes on.</summary>
    static async Task<(string Location, int Offset)> WaitForBytesAsync(HttpClient client, string location)
    {
        for (var i = 0; ; i++)
        {
            using var status = await client.GetAsync(location);
            Assert.Equal(HttpStatusCode.NoContent, status.StatusCode);
            var range = status.Headers.GetValues("Range").Single();
            if (range != "0-0")
                return (status.Headers.Location!.OriginalString, int.Parse(range.Split('-')[1], CultureInfo.InvariantCulture) + 1);
            Assert.InRange(i, 0, 200);
            await Task.Delay(50);
        }
    }

    /// <summary>Distribution spec, "Pushing a blob in chunks": what arrived before the line was cut stays.</summary>
    [Theory]
    [InlineData(Framing.Length)]
    [InlineData(Framing.Chunked)]
    [InlineData(Framing.Http2)]
    public async Task What_arrived_before_the_cut_stays(Framing framing)
    {
        using var client = server.Connect(framing);
        var location = await client.BeginUploadAsync(TestRegistry.NewName());
        using var cut = new SlowContent(RandomBytes(12_000_000), framing) { CutAfter = 9_000_000, Pause = (9_000_000, s_second) };
        await Assert.ThrowsAsync<HttpRequestException>(() => client.PatchAsync(location, cut));
        // The registry keeps it after the client has gone.
        var range = "0-0";
        for (var tries = 0; range == "0-0" && tries < 10; tries++)
        {
            await Task.Delay(s_second);
            using var status = await client.GetAsync(location);
            range = status.Headers.GetValues("Range").Single();
        }
        Assert.InRange(int.Parse(range["0-".Length..], CultureInfo.InvariantCulture), 8_900_000, 8_999_999);
    }

    [Fact]
    public async Task Nobody_waits_for_the_slow_lines_of_others()
    {
        using var others = server.Connect(Framing.Length);
        using var slow = new SlowContent(RandomBytes(900_000), Framing.Length) { Rate = 60_000 };
        var patches = Enumerable.Range(0, 8).Select(async _ =>
        {
            using var patched = await others.PatchAsync(await others.BeginUploadAsync(TestRegistry.NewName()), slow);
            return patched.StatusCode;
        }).ToList();
        await Task.Delay(2 * s_second);
        using var client = server.Connect(Framing.Length);
        await client.PushBlobAsync(TestRegistry.NewName(), RandomBytes(20_000_000));
        // They take 15 seconds.
        Assert.All(patches, patch => Assert.False(patch.IsCompleted));
        Assert.All(await Task.WhenAll(patches), status => Assert.Equal(HttpStatusCode.Accepted, status));
    }

    /// <summary>Pushes content with each framing, as crane does and as oras does, all at once.</summary>
    Task EachPushAsync(byte[] content, Func<byte[], Framing, SlowContent> body) =>
        Task.WhenAll(Enum.GetValues<Framing>().SelectMany(framing => new[]
        {
            PushAsync(framing, content, async (client, location) =>
            {
                using var slow = body(content, framing);
                using var patched = await client.PatchAsync(location, slow);
                Assert.Equal(HttpStatusCode.Accepted, patched.StatusCode);
                return await client.PutAsync(Closing(patched.Headers.Location!.OriginalString, DigestOf(content)), null);
            }),
            PushAsync(framing, content, async (client, location) =>
            {
                using var slow = body(content, framing);
                return await client.PutAsync(Closing(location, DigestOf(content)), slow);
            }),
        }));

    async Task PushAsync(Framing framing, byte[] content, Func<HttpClient, string, Task<HttpResponseMessage>> push)
    {
        using var client = server.Connect(framing);
        var name = TestRegistry.NewName();
        using var put = await push(client, await client.BeginUploadAsync(name));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await client.GetByteArrayAsync(put.Headers.Location));
    }
}
