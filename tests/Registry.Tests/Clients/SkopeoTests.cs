using System.Net;
using Registry.Oci;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

public class SkopeoTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [Fact]
    public async Task Skopeo_copies_an_index_in_and_out()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"skopeo copy --all --dest-tls-verify=false oci:layout:v1 docker://{Repository}:v1");
        using var head = await Http.SendAsync(new(HttpMethod.Head, $"/v2/{Name}/manifests/v1"));
        Assert.Equal(layout.Digest, head.Headers.GetValues("Docker-Content-Digest").Single());
        await RunAsync($"skopeo copy --all --src-tls-verify=false docker://{Repository}:v1 oci:pulled:v1");
        layout.AssertSame(OciLayout.Open(PathOf("pulled")));
    }

    [Theory]
    [InlineData("oci", MediaType.OciManifest)]
    [InlineData("v2s2", MediaType.DockerManifest)]
    public async Task Skopeo_copies_an_image_in_and_out_in_both_formats(string format, string mediaType)
    {
        OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"skopeo copy --format {format} --dest-tls-verify=false oci:layout:v1 docker://{Repository}:v1");
        using var pull = await Http.GetAsync($"/v2/{Name}/manifests/v1");
        Assert.Equal(mediaType, pull.Content.Headers.ContentType!.ToString());

        // To a folder, content is copied unchanged.
        await RunAsync($"skopeo copy --src-tls-verify=false docker://{Repository}:v1 dir:pulled");
        Assert.Equal(await pull.Content.ReadAsStringAsync(), ReadFile("pulled/manifest.json"));

        // And back in the other format, where the layer exists already.
        var other = format == "oci" ? "v2s2" : "oci";
        await RunAsync($"skopeo copy --format {other} --src-tls-verify=false --dest-tls-verify=false docker://{Repository}:v1 " +
            $"docker://{Repository}:v2");
        var inspected = await RunForJsonAsync($"skopeo inspect --tls-verify=false docker://{Repository}:v2");
        Assert.Equal("amd64", (string?)inspected["Architecture"]);
        Assert.Equal(["v1", "v2"], inspected["RepoTags"]!.AsArray().Select(t => (string?)t));
    }

    [Fact]
    public async Task Skopeo_copies_a_manifest_list_of_docker()
    {
        OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"skopeo copy --all --format v2s2 --dest-tls-verify=false oci:layout:v1 docker://{Repository}:v1");
        using var pull = await Http.GetAsync($"/v2/{Name}/manifests/v1");
        Assert.Equal(MediaType.DockerList, pull.Content.Headers.ContentType!.ToString());
        await RunAsync($"skopeo copy --all --src-tls-verify=false docker://{Repository}:v1 dir:pulled");
        Assert.Equal(await pull.Content.ReadAsStringAsync(), ReadFile("pulled/manifest.json"));
    }

    [Fact]
    public async Task Skopeo_copy_between_repositories_mounts_the_layer()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"skopeo copy --dest-tls-verify=false oci:layout:v1 docker://{Repository}:v1");
        var copy = await TryAsync(
            $"skopeo --debug copy --src-tls-verify=false --dest-tls-verify=false docker://{Repository}:v1 docker://{Repository}-copy:v1");
        copy.Succeeded();
        Assert.Contains("... mount OK", copy.Errors, StringComparison.Ordinal);
        // The config, which skopeo never mounts.
        Assert.Equal(1, copy.Errors.Split("PATCH http").Length - 1);
        await RunAsync($"skopeo copy --src-tls-verify=false docker://{Repository}-copy:v1 oci:pulled:v1");
        layout.AssertSame(OciLayout.Open(PathOf("pulled")));
    }

    [Fact]
    public async Task Skopeo_lists_tags_and_deletes()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        foreach (var tag in new[] { "v1", "v2" })
            await RunAsync($"skopeo copy --dest-tls-verify=false oci:layout:v1 docker://{Repository}:{tag}");
        var listed = await RunForJsonAsync($"skopeo list-tags --tls-verify=false docker://{Repository}");
        Assert.Equal(["v1", "v2"], listed["Tags"]!.AsArray().Select(t => (string?)t));

        // skopeo deletes the manifest of the tag, and so all its tags.
        await RunAsync($"skopeo delete --tls-verify=false docker://{Repository}:v1");
        using var pull = await Http.GetAsync($"/v2/{Name}/manifests/{layout.Digest}");
        await pull.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
        listed = await RunForJsonAsync($"skopeo list-tags --tls-verify=false docker://{Repository}");
        Assert.Empty(listed["Tags"]!.AsArray());
        await FailAsync($"skopeo inspect --tls-verify=false docker://{Repository}:v2");
    }

    [Fact]
    public async Task Skopeo_sync_copies_every_tag_of_a_repository()
    {
        OciLayout.Create(PathOf("layout"), "amd64");
        foreach (var tag in new[] { "v1", "v2" })
            await RunAsync($"skopeo copy --dest-tls-verify=false oci:layout:v1 docker://{Repository}:{tag}");
        await RunAsync($"skopeo sync --src docker --dest docker --src-tls-verify=false --dest-tls-verify=false {Repository} " +
            $"{Repository}-mirror");
        var mirror = $"{Repository}-mirror/{Name.Split('/')[^1]}";
        var listed = await RunForJsonAsync($"skopeo list-tags --tls-verify=false docker://{mirror}");
        Assert.Equal(["v1", "v2"], listed["Tags"]!.AsArray().Select(t => (string?)t));
    }
}
