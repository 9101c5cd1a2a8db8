using System.Net;
using Registry.Oci;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

public class CraneTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [Fact]
    public async Task Crane_push_and_pull_returns_the_same_index()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64", "riscv64");
        await RunAsync($"crane push layout {Repository}:v1");
        Assert.Equal(layout.Digest, await RunAsync($"crane digest {Repository}:v1"));
        await RunAsync($"crane validate --remote {Repository}:v1");
        await RunAsync($"crane pull --format oci {Repository}:v1 pulled");
        layout.AssertSame(OciLayout.Open(PathOf("pulled")));
        var config = await RunForJsonAsync($"crane config --platform linux/arm64 {Repository}:v1");
        Assert.Equal("arm64", (string?)config["architecture"]);
    }

    [Fact]
    public async Task Crane_appends_mutates_and_exports_an_image()
    {
        File.WriteAllBytes(PathOf("layer.tar"), OciLayout.Tar($"{Name}\n"));
        await RunAsync($"crane append -f layer.tar -t {Repository}:v1");
        await RunAsync($"crane validate --remote {Repository}:v1");
        Assert.Equal(MediaType.DockerManifest, (string?)(await RunForJsonAsync($"crane manifest {Repository}:v1"))["mediaType"]);

        await RunAsync($"crane mutate --annotation by=tests --label of=tests --tag {Repository}:v2 {Repository}:v1");
        var manifest = await RunForJsonAsync($"crane manifest {Repository}:v2");
        Assert.Equal("tests", (string?)manifest["annotations"]!["by"]);
        await RunAsync($"crane validate --remote {Repository}:v2");
        await RunAsync($"crane export {Repository}:v2 exported.tar");
        Assert.Contains($"{Name}\n", ReadFile("exported.tar"), StringComparison.Ordinal);
        await RunAsync($"crane pull {Repository}:v2 docker.tar");
        await RunAsync("crane validate --tarball docker.tar");
        await RunAsync($"crane tag {Repository}:v2 v3");
        Assert.Equal("v1\nv2\nv3", await RunAsync($"crane ls {Repository}"));
    }

    [Fact]
    public async Task Crane_copy_mounts_the_blobs()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"crane push layout {Repository}:v1");
        var copy = (await TryAsync($"crane copy {Repository}:v1 {Repository}-copy:v1")).Succeeded();
        Assert.Equal(2, copy.Errors.Split("mounted blob").Length - 1);
        Assert.DoesNotContain("pushed blob", copy.Errors, StringComparison.Ordinal);
        await RunAsync($"crane validate --remote {Repository}-copy:v1");
        Assert.Equal(layout.Digest, await RunAsync($"crane digest {Repository}-copy:v1"));
        var catalog = (await RunAsync($"crane catalog {Registry.Host}")).Split('\n');
        Assert.Contains(Name, catalog);
        Assert.Contains($"{Name}-copy", catalog);
    }

    [Fact]
    public async Task Crane_copies_all_tags_between_registries()
    {
        OciLayout.Create(PathOf("one"), "amd64");
        OciLayout.Create(PathOf("two"), "amd64", "arm64");
        await RunAsync($"crane push one {Repository}:one");
        await RunAsync($"crane push two {Repository}:two");
        await using var other = await TestRegistry.StartAsync();
        await RunAsync($"crane copy --all-tags {Repository} {other.Host}/{Name}-other");
        Assert.Equal("one\ntwo", await RunAsync($"crane ls {other.Host}/{Name}-other"));
        await RunAsync($"crane validate --remote {other.Host}/{Name}-other:two");
    }

    [Fact]
    public async Task Crane_delete_by_tag_keeps_the_manifest_and_by_digest_removes_all()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync($"crane tag {Repository}:v1 v2");
        await RunAsync($"crane tag {Repository}:v1 v3");

        await RunAsync($"crane delete {Repository}:v1");
        Assert.Equal("v2\nv3", await RunAsync($"crane ls {Repository}"));
        Assert.Contains("MANIFEST_UNKNOWN", await FailAsync($"crane manifest {Repository}:v1"), StringComparison.Ordinal);
        await RunAsync($"crane validate --remote {Repository}@{layout.Digest}");

        await RunAsync($"crane delete {Repository}@{layout.Digest}");
        Assert.Equal("", await RunAsync($"crane ls {Repository}"));
        foreach (var reference in new[] { ":v2", $"@{layout.Digest}" })
            Assert.Contains("MANIFEST_UNKNOWN", await FailAsync($"crane pull {Repository}{reference} gone.tar"), StringComparison.Ordinal);
        using var pull = await Http.GetAsync($"/v2/{Name}/manifests/v3");
        await pull.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");

        // Deleted content can be pushed again.
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync($"crane validate --remote {Repository}:v1");
    }
}
