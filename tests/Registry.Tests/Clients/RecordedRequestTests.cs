using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Registry.Tests.Access;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Clients;

/// <summary>
/// Clients that no package registry has: the requests that they send, in order, with their headers, and what they check of each answer,
/// as their sources have it.
/// </summary>
/// <remarks>helm e9b85e4de (pkg/registry) with oras-go 19db72b1 (registry/remote); regclient 725072f (scheme/reg).</remarks>
public class RecordedRequestTests(TestRegistry registry, AccessFixture fixture) : IClassFixture<TestRegistry>, IClassFixture<AccessFixture>
{
    const string HelmConfig = "application/vnd.cncf.helm.config.v1+json";
    const string HelmChart = "application/vnd.cncf.helm.chart.content.v1.tar+gzip";

    /// <summary>What regctl accepts of manifests.</summary>
    static readonly string[] s_manifestTypes = [MediaType.OciIndex, MediaType.OciManifest, MediaType.DockerList, MediaType.DockerManifest];

    readonly string _name = TestRegistry.NewName();

    /// <summary>helm registry login, push, pull by version and by range of versions; a version's + is an underscore in its tag.</summary>
    [Fact]
    public async Task Helm_signs_in_pushes_lists_and_pulls_a_chart()
    {
        var name = fixture.NewName("own");
        // oras-go, Registry.Ping: 401 with the challenge, then the token, then 200.
        using (var ping = await SendAsync(HttpMethod.Get, "/v2/", null)) Assert.Equal(HttpStatusCode.Unauthorized, ping.StatusCode);
        using (var ping = await SendAsync(HttpMethod.Get, "/v2/", await fixture.BearerOf("pusher"))) ping.EnsureSuccessStatusCode();

        var login = await fixture.BearerOf("pusher", $"repository:{name}:pull,push");
        var (config, chart) = (Encoding.UTF8.GetBytes("""{"name":"app","version":"1.2.3+build"}"""), RandomBytes(3000));
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["config"] = Descriptor(config, HelmConfig),
            ["layers"] = new JsonArray(Descriptor(chart, HelmChart)),
            ["annotations"] = new JsonObject { ["org.opencontainers.image.title"] = "app" },
        }.ToBytes();
        // ExtendedCopy: what exists is not pushed.
        using (var exists = await SendAsync(HttpMethod.Head, $"/v2/{name}/manifests/{DigestOf(manifest)}", login))
            Assert.Equal(HttpStatusCode.NotFound, exists.StatusCode);
        foreach (var blob in new[] { config, chart })
        {
            using var exists = await SendAsync(HttpMethod.Head, $"/v2/{name}/blobs/{DigestOf(blob)}", login);
            Assert.Equal(HttpStatusCode.NotFound, exists.StatusCode);
            using var post = await SendAsync(HttpMethod.Post, $"/v2/{name}/blobs/uploads/", login, new ByteArrayContent([]));
            Assert.Equal(HttpStatusCode.Accepted, post.StatusCode);
            // The location is followed with the token of the POST.
            var location = Closing(post.Headers.Location!.ToString(), Uri.EscapeDataString(DigestOf(blob)));
            using var put = await SendAsync(HttpMethod.Put, location, login, Body(blob, "application/octet-stream"));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        var path = $"/v2/{name}/manifests/1.2.3_build";
        using (var put = await SendAsync(HttpMethod.Put, path, login, Body(manifest, MediaType.OciManifest)))
        {
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
            Assert.Equal(DigestOf(manifest), put.Headers.GetValues("Docker-Content-Digest").Single());
        }

        using (var tags = await SendAsync(HttpMethod.Get, $"/v2/{name}/tags/list", login))
            Assert.Contains("1.2.3_build", await tags.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        using (var resolved = await SendAsync(HttpMethod.Head, path, login, accept: s_manifestTypes))
        {
            // oras-go takes the descriptor from these three headers, and fails without one of them.
            Assert.Equal((MediaType.OciManifest, manifest.Length, DigestOf(manifest)), (resolved.Content.Headers.ContentType!.ToString(),
                resolved.Content.Headers.ContentLength, resolved.Headers.GetValues("Docker-Content-Digest").Single()));
        }
        path = $"/v2/{name}/manifests/{DigestOf(manifest)}";
        using (var pull = await SendAsync(HttpMethod.Get, path, login, accept: [MediaType.OciManifest]))
            Assert.Equal(manifest, await pull.Content.ReadAsByteArrayAsync());
        using (var pull = await SendAsync(HttpMethod.Get, $"/v2/{name}/blobs/{DigestOf(chart)}", login))
        {
            Assert.Equal(chart.Length, pull.Content.Headers.ContentLength);
            Assert.Equal("bytes", pull.Headers.AcceptRanges.Single());
            Assert.Equal(chart, await pull.Content.ReadAsByteArrayAsync());
        }
    }

    /// <summary>regctl image copy, blob put, tag ls, tag rm and manifest delete.</summary>
    [Fact]
    public async Task Regctl_mounts_pushes_lists_and_deletes()
    {
        // An anonymous mount of content that another repository has would succeed, as that of the empty config.
        await registry.Client.PostBlobAsync(_name, "{}"u8.ToArray());
        var (other, layer) = (RandomBytes(5000), RandomBytes(5000));
        foreach (var blob in new[] { other, layer })
        {
            // blobMount without from, "anonymous": 202 with a location, which the push goes on with.
            var digest = Uri.EscapeDataString(DigestOf(blob));
            using var mount = await registry.Client.PostAsync($"/v2/{_name}/blobs/uploads/?mount={digest}", null);
            Assert.Equal(HttpStatusCode.Accepted, mount.StatusCode);
            using var put = await registry.Client.PutAsync(
                Closing(mount.Headers.Location!.ToString(), digest), Body(blob, "application/octet-stream"));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        var manifest = Image(other, layer).ToBytes();
        using (var put = await registry.Client.PutManifestAsync(_name, "v1", manifest))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);

        using (var mount = await registry.Client.PostAsync($"/v2/{_name}-b/blobs/uploads/?from={_name}&mount={DigestOf(layer)}", null))
            Assert.Equal(HttpStatusCode.Created, mount.StatusCode);
        Assert.Equal("v1", (string?)(await registry.Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Single());
        using (var removed = await registry.Client.DeleteAsync($"/v2/{_name}/manifests/v1"))
            Assert.Equal(HttpStatusCode.Accepted, removed.StatusCode);
        using (var deleted = await registry.Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}"))
            Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
    }

    /// <summary>A PUT that fails midway: regctl goes on in chunks with Content-Range, and takes up what Range and Location say.</summary>
    [Fact]
    public async Task Regctl_uploads_in_chunks_and_recovers_from_a_wrong_one()
    {
        var content = RandomBytes(3000);
        var location = await registry.Client.BeginUploadAsync(_name);
        using (var first = await SendChunkAsync(location, content, 0, 1000))
            location = Next(first, HttpStatusCode.Accepted, "0-999");
        // It has lost count: the answer has Range and Location, from which it goes on. blobUploadStatus asks for the same.
        using (var wrong = await SendChunkAsync(location, content, 2000, 1000))
            location = Next(wrong, HttpStatusCode.RequestedRangeNotSatisfiable, "0-999");
        using (var status = await registry.Client.GetAsync(location))
            location = Next(status, HttpStatusCode.NoContent, "0-999");
        using (var rest = await SendChunkAsync(location, content, 1000, 2000))
            location = Next(rest, HttpStatusCode.Accepted, "0-2999");
        using var put = await registry.Client.PutAsync(Closing(location, Uri.EscapeDataString(DigestOf(content))), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await registry.Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(content)}"));

        // blobUploadCancel, of which regctl ignores the answer; the spec says 204.
        using var cancelled = await registry.Client.DeleteAsync(await registry.Client.BeginUploadAsync(_name));
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
    }

    async Task<HttpResponseMessage> SendChunkAsync(string location, byte[] content, int start, int length)
    {
        using var body = Body(content[start..(start + length)], "application/octet-stream");
        body.Headers.TryAddWithoutValidation("Content-Range", $"{start}-{start + length - 1}");
        return await registry.Client.PatchAsync(location, body);
    }

    /// <summary>Where the upload goes on, after an answer that says what has arrived.</summary>
    static string Next(HttpResponseMessage answer, HttpStatusCode status, string range)
    {
        Assert.Equal((status, range), (answer.StatusCode, answer.Headers.GetValues("Range").Single()));
        return answer.Headers.Location!.ToString();
    }

    async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, AuthenticationHeaderValue? login, HttpContent? body = null, string[]? accept = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body, Headers = { Authorization = login } };
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", string.Join(", ", accept));
        return await fixture.Registry.Client.SendAsync(request);
    }
}
