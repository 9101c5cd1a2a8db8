using System.Net;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>What a browser may do with strangers' content. S13 (docs/design/hardening.md).</summary>
public class FetchMetadataTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    static readonly string[] s_refused =
    [
        "script", "style", "worker", "sharedworker", "serviceworker", "audioworklet", "paintworklet", "iframe", "frame", "fencedframe",
        "embed", "object", "font", "audio", "video", "track", "manifest", "report", "xslt", "json", "webidentity", "empty, script",
    ];

    [Fact]
    public async Task No_part_of_a_page_is_served()
    {
        var paths = await PushAsync();
        foreach (var (path, destination) in paths.SelectMany(path => s_refused.Select(one => (path, one))))
        {
            foreach (var method in new[] { HttpMethod.Get, HttpMethod.Head })
            {
                using var answer = await SendAsync(method, path, destination, "no-cors");
                Assert.Equal((path, destination, HttpStatusCode.Forbidden), (path, destination, answer.StatusCode));
                AssertVaries(answer);
            }
        }
    }

    [Theory]
    [InlineData(null, null, false)]
    [InlineData("empty", "cors", false)]
    [InlineData("image", "no-cors", false)]
    [InlineData("document", "navigate", true)]
    [InlineData("document", null, true)]
    [InlineData("empty", "navigate", true)]
    public async Task Others_are_served_and_documents_are_downloaded(string? destination, string? mode, bool asDownload)
    {
        foreach (var path in await PushAsync())
        {
            using var answer = await SendAsync(HttpMethod.Get, path, destination, mode);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal(asDownload ? "attachment" : null, answer.Content.Headers.ContentDisposition?.ToString());
            AssertVaries(answer);
        }
        // An error is no strangers' content, and a browser would show nothing of it.
        using var missing = await SendAsync(HttpMethod.Get, $"/v2/{TestRegistry.NewName()}/manifests/v1", destination, mode);
        Assert.Equal((HttpStatusCode.NotFound, null), (missing.StatusCode, missing.Content.Headers.ContentDisposition));
    }

    [Fact]
    public async Task Redirected_downloads_are_attachments_too()
    {
        await using var redirecting = await TestRegistry.StartAsync(options => options.RedirectDownloads = true);
        var (name, layer) = (TestRegistry.NewName(), OciContent.RandomBytes(10));
        await redirecting.Client.PushImageAsync(name, "v1", layer);
        using var answer = await redirecting.Client.GetAsync($"/v2/{name}/blobs/{OciContent.DigestOf(layer)}");
        using var content = await redirecting.Client.GetAsync(answer.Headers.Location);
        Assert.Equal((HttpStatusCode.OK, "attachment"), (content.StatusCode, content.Content.Headers.ContentDisposition?.ToString()));
    }

    /// <summary>Pushes a script as manifest and as blob.</summary>
    async Task<string[]> PushAsync()
    {
        var (name, script) = (TestRegistry.NewName(), "alert(1)"u8.ToArray());
        await registry.Client.PushImageAsync(name, "v1", script);
        using var put = await registry.Client.PutManifestAsync(name, "v2", OciContent.Index().ToBytes(), MediaType.OciIndex);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        return [$"/v2/{name}/blobs/{OciContent.DigestOf(script)}", $"/v2/{name}/manifests/v1", $"/v2/{name}/manifests/v2",
            $"/v2/{name}/tags/list", "/v2/"];
    }

    async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, string? destination, string? mode)
    {
        using var request = new HttpRequestMessage(method, path);
        if (destination is not null) request.Headers.Add("Sec-Fetch-Dest", destination);
        if (mode is not null) request.Headers.Add("Sec-Fetch-Mode", mode);
        return await registry.Client.SendAsync(request);
    }

    static void AssertVaries(HttpResponseMessage answer) =>
        Assert.Superset(new HashSet<string> { "Sec-Fetch-Dest", "Sec-Fetch-Mode" }, answer.Headers.Vary.ToHashSet());
}
