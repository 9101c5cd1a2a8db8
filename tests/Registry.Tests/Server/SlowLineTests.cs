using System.Globalization;
using System.Net;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Server;

/// <summary>Pushes over lines that are slow, pause, or are cut.</summary>
public class SlowLineTests(LineServer server) : IClassFixture<LineServer>
{
    [Fact]
    public Task Slow_body_is_stored() => EachPushAsync(RandomBytes(400_000), (content, framing) =>
        new SlowContent(content, framing) { Rate = 100_000 });

    [Fact]
    public Task Body_with_a_pause_is_stored() => EachPushAsync(RandomBytes(5), (content, framing) =>
        new SlowContent(content, framing) { Pause = (3, TimeSpan.FromSeconds(2)) });

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
        // What the registry has may still change while it ends the request that was cut: then the client is told again.
        var patched = await client.GetAsync(location);
        do
        {
            location = patched.Headers.Location!.OriginalString;
            var range = patched.Headers.GetValues("Range").Single();
            var offset = range == "0-0" ? 0 : int.Parse(range.Split('-')[1], CultureInfo.InvariantCulture) + 1;
            using var rest = new SlowContent(content.AsMemory(offset), framing);
            rest.Headers.TryAddWithoutValidation("Content-Range",
                string.Create(CultureInfo.InvariantCulture, $"{offset}-{content.Length - 1}"));
            patched.Dispose();
            patched = await client.PatchAsync(location, rest);
        }
        while (patched.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable);
        Assert.Equal(HttpStatusCode.Accepted, patched.StatusCode);
        using var put = await client.PutAsync(Closing(patched.Headers.Location!.OriginalString, DigestOf(content)), null);
        patched.Dispose();
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await client.GetByteArrayAsync(put.Headers.Location));
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
