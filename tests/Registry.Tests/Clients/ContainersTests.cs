using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>buildah and podman: the same commands, with storage of their own in the test's folder.</summary>
public class ContainersTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [RootFact]
    public Task Buildah_builds_pushes_and_pulls_an_image() => BuildPushAndPullAsync("buildah");

    [RootFact]
    public Task Podman_builds_pushes_and_pulls_an_image() => BuildPushAndPullAsync("podman");

    [RootFact]
    public Task Buildah_pushes_and_pulls_an_index() => PushAndPullIndexAsync("buildah");

    [RootFact]
    public Task Podman_pushes_and_pulls_an_index() => PushAndPullIndexAsync("podman");

    [RootFact]
    public async Task Podman_lists_tags_and_repositories()
    {
        OciLayout.Create(PathOf("layout"), "amd64");
        foreach (var tag in new[] { "v1", "v2" }) await RunAsync($"crane push layout {Repository}:{tag}");
        var tags = await RunForJsonAsync($"podman search --tls-verify=false --list-tags --format json {Repository}");
        Assert.Equal(["v1", "v2"], Assert.Single(tags.AsArray())!["Tags"]!.AsArray().Select(tag => (string?)tag));
        // podman asks for the whole catalog and searches it.
        var found = await RunAsync($"podman search --tls-verify=false --format {{{{.Name}}}} {Registry.Host}/{Name}");
        Assert.Contains(Repository, found.Split('\n'));
    }

    async Task BuildPushAndPullAsync(string client)
    {
        var image = $"{Repository}:v1";
        WriteFile("image/hello.txt", $"{Name}\n");
        WriteFile("image/Dockerfile", "FROM scratch\nCOPY hello.txt /first/\nCOPY hello.txt /second/\n");
        foreach (var (format, mediaType) in new[] { ("oci", MediaType.OciManifest), ("docker", MediaType.DockerManifest) })
        {
            await RunAsync($"{client} build --isolation chroot --format {format} -t {image} image");
            await RunAsync($"{client} push --tls-verify=false --digestfile digest {image}");
            using var manifest = await Http.GetAsync($"/v2/{Name}/manifests/v1");
            Assert.Equal(mediaType, manifest.Content.Headers.ContentType!.ToString());
            Assert.Equal(ReadFile("digest"), manifest.Headers.GetValues("Docker-Content-Digest").Single());

            var id = await RunAsync($"{client} images --no-trunc --quiet {image}");
            await RunAsync($"{client} rmi {image}");
            await FailAsync($"{client} inspect --type image {image}");
            await RunAsync($"{client} pull --tls-verify=false {image}");
            Assert.Equal(id, await RunAsync($"{client} images --no-trunc --quiet {image}"));
            await RunAsync($"{client} rmi {image}");
            await RunAsync($"{client} pull --tls-verify=false {Repository}@{ReadFile("digest")}");
        }
    }

    async Task PushAndPullIndexAsync(string client)
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"crane push layout {Repository}:v1");
        var images = JsonNode.Parse(layout.Manifest)!["manifests"]!.AsArray().Select(image => (string)image!["digest"]!);
        await RunAsync($"{client} manifest create made");
        foreach (var digest in images)
            await RunAsync($"{client} manifest add --tls-verify=false made docker://{Repository}@{digest}");
        await RunAsync($"{client} manifest push --tls-verify=false --all made docker://{Repository}-index:v1");
        var pushed = await Http.GetJsonAsync($"/v2/{Name}-index/manifests/v1");
        Assert.Equal(images, pushed["manifests"]!.AsArray().Select(image => (string)image!["digest"]!));
        await RunAsync($"{client} pull --tls-verify=false --arch arm64 {Repository}-index:v1");
        var format = client == "podman" ? "{{.Architecture}}" : "{{.OCIv1.Architecture}}";
        Assert.Equal("arm64", await RunAsync($"{client} inspect --type image --format {format} {Repository}-index:v1"));
    }
}
