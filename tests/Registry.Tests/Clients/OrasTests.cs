using System.Net;
using Registry.Oci;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

public class OrasTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [Fact]
    public async Task Oras_push_and_pull_returns_the_same_files()
    {
        WriteFile("a.txt", "a\n");
        WriteFile("docs/b.md", "# b\n");
        await RunAsync($"oras push --plain-http --artifact-type application/vnd.test {Repository}:v1,latest a.txt:text/plain docs/");
        await RunAsync($"oras pull --plain-http -o pulled {Repository}:latest");
        Assert.Equal("a\n", ReadFile("pulled/a.txt"));
        Assert.Equal("# b\n", ReadFile("pulled/docs/b.md"));
        Assert.Equal("latest\nv1", await RunAsync($"oras repo tags --plain-http {Repository}"));
        Assert.Contains(Name, (await RunAsync($"oras repo ls --plain-http {Registry.Host}")).Split('\n'));

        var manifest = await RunForJsonAsync($"oras manifest fetch --plain-http {Repository}:v1");
        Assert.Equal("application/vnd.test", (string?)manifest["artifactType"]);
        Assert.Equal("text/plain", (string?)manifest["layers"]![0]!["mediaType"]);
        var digest = await RunAsync($"oras resolve --plain-http {Repository}:v1");
        await RunAsync($"oras tag --plain-http {Repository}@{digest} v2");
        Assert.Equal(digest, await RunAsync($"oras resolve --plain-http {Repository}:v2"));
    }

    [Fact]
    public async Task Oras_attach_is_found_by_discover()
    {
        var subject = await PushAsync("v1");
        var sbom = await AttachAsync("v1", "application/vnd.test.sbom", "--annotation by=tests");
        var signature = await AttachAsync("v1", "application/vnd.test.signature");
        var onSignature = await AttachAsync($"@{signature}", "application/vnd.test.note");
        Assert.Equal(
            new[] { sbom, signature }.Order(StringComparer.Ordinal),
            (await ReadReferrersAsync(subject)).Select(r => (string)r!["digest"]!));

        var discovered = await RunForJsonAsync($"oras discover --plain-http --format json {Repository}:v1");
        var referrers = discovered["referrers"]!.AsArray().ToDictionary(r => (string)r!["digest"]!, r => r!);
        Assert.Equal("tests", (string?)referrers[sbom]["annotations"]!["by"]);
        Assert.Equal(onSignature, (string?)Assert.Single(referrers[signature]["referrers"]!.AsArray())!["digest"]);

        var tree = await RunAsync($"oras discover --plain-http --format tree {Repository}:v1");
        Assert.All(new[] { subject, sbom, signature, onSignature }, digest => Assert.Contains(digest, tree, StringComparison.Ordinal));

        var filtered = await RunForJsonAsync(
            $"oras discover --plain-http --format json --artifact-type application/vnd.test.sbom {Repository}:v1");
        Assert.Equal(sbom, (string?)Assert.Single(filtered["referrers"]!.AsArray())!["digest"]);
    }

    [Fact]
    public async Task Oras_attach_by_tag_is_listed_by_the_referrers_api()
    {
        var subject = await PushAsync("v1");
        var first = await AttachAsync("v1", "application/vnd.test.first", "--distribution-spec v1.1-referrers-tag");
        var second = await AttachAsync("v1", "application/vnd.test.second", "--distribution-spec v1.1-referrers-tag");
        Assert.Equal($"{subject.Replace(':', '-')}\nv1", await RunAsync($"oras repo tags --plain-http {Repository}"));
        Assert.Equal(
            new[] { first, second }.Order(StringComparer.Ordinal),
            (await ReadReferrersAsync(subject)).Select(r => (string)r!["digest"]!));
        foreach (var how in new[] { "tag", "api" })
        {
            var discovered = await RunForJsonAsync(
                $"oras discover --plain-http --distribution-spec v1.1-referrers-{how} --format json {Repository}:v1");
            Assert.Equal(2, discovered["referrers"]!.AsArray().Count);
        }
    }

    [Fact]
    public async Task Oras_copies_with_referrers_between_repositories_and_registries()
    {
        var subject = await PushAsync("v1");
        var sbom = await AttachAsync("v1", "application/vnd.test.sbom");
        var copied = await RunAsync($"oras cp -r --from-plain-http --to-plain-http {Repository}:v1 {Repository}-copy:v1");
        Assert.Contains("Mounted", copied, StringComparison.Ordinal);
        Assert.Equal(sbom, (string?)Assert.Single(await ReadReferrersAsync(subject, $"{Name}-copy"))!["digest"]);

        // Another registry, which shares only the storage with this one; hence another repository.
        await using var other = await TestRegistry.StartAsync();
        await RunAsync($"oras cp -r --from-plain-http --to-plain-http {Repository}:v1 {other.Host}/{Name}-other:v1");
        Assert.Equal(sbom, (string?)Assert.Single(await ReadReferrersAsync(subject, $"{Name}-other"))!["digest"]);
        await RunAsync($"oras pull --plain-http -o pulled {other.Host}/{Name}-other:v1");
        Assert.Equal(ReadFile("v1.txt"), ReadFile("pulled/v1.txt"));
    }

    [Fact]
    public async Task Oras_backup_and_restore_keep_tags_and_referrers()
    {
        var subject = await PushAsync("v1");
        await PushAsync("v2");
        var sbom = await AttachAsync("v1", "application/vnd.test.sbom");
        await RunAsync($"oras backup --plain-http --include-referrers --output backup {Repository}");
        await RunAsync($"oras restore --plain-http --input backup {Repository}-restored");
        Assert.Equal("v1\nv2", await RunAsync($"oras repo tags --plain-http {Repository}-restored"));
        Assert.Equal(sbom, (string?)Assert.Single(await ReadReferrersAsync(subject, $"{Name}-restored"))!["digest"]);
    }

    [Fact]
    public async Task Oras_copies_an_index_from_and_to_a_layout()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"oras cp --from-oci-layout layout:v1 --to-plain-http {Repository}:v1");
        await RunAsync($"oras cp --from-plain-http {Repository}:v1 --to-oci-layout pulled:v1");
        layout.AssertSame(OciLayout.Open(PathOf("pulled")));
        var arm = await RunForJsonAsync($"oras manifest fetch --plain-http --platform linux/arm64 {Repository}:v1");
        Assert.Equal(MediaType.OciManifest, (string?)arm["mediaType"]);
    }

    [Fact]
    public async Task Oras_makes_an_index_of_pushed_manifests()
    {
        var first = await PushAsync("first");
        var second = await PushAsync("second");
        await RunAsync($"oras manifest index create --plain-http {Repository}:both first second");
        var index = await RunForJsonAsync($"oras manifest fetch --plain-http {Repository}:both");
        Assert.Equal([first, second], index["manifests"]!.AsArray().Select(m => (string)m!["digest"]!));
    }

    [Fact]
    public async Task Oras_pushes_fetches_and_deletes_a_blob()
    {
        WriteFile("blob.txt", $"{Name}\n");
        var digest = FileDigest.Of(PathOf("blob.txt"));
        await RunAsync($"oras blob push --plain-http {Repository} blob.txt");
        await RunAsync($"oras blob fetch --plain-http --output fetched.txt {Repository}@{digest}");
        Assert.Equal(ReadFile("blob.txt"), ReadFile("fetched.txt"));
        await RunAsync($"oras blob delete --plain-http --force {Repository}@{digest}");
        Assert.Contains("not found", await FailAsync($"oras blob fetch --plain-http --output gone.txt {Repository}@{digest}"),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Oras_deletes_a_manifest_with_its_tags()
    {
        var digest = await PushAsync("v1");
        var sbom = await AttachAsync("v1", "application/vnd.test.sbom");
        await PushAsync("v2");
        await RunAsync($"oras tag --plain-http {Repository}:v1 also");
        await RunAsync($"oras manifest delete --plain-http --force {Repository}@{sbom}");
        Assert.Empty(await ReadReferrersAsync(digest));
        await RunAsync($"oras manifest delete --plain-http --force {Repository}@{digest}");
        Assert.Equal("v2", await RunAsync($"oras repo tags --plain-http {Repository}"));
        Assert.Contains("not found", await FailAsync($"oras pull --plain-http {Repository}:v1"), StringComparison.Ordinal);
        using var pull = await Http.GetAsync($"/v2/{Name}/manifests/{digest}");
        await pull.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
    }

    /// <summary>Pushes a file named after the tag, and returns the manifest's digest.</summary>
    async Task<string> PushAsync(string tag)
    {
        WriteFile($"{tag}.txt", $"{Name} {tag}\n");
        var pushed = await RunForJsonAsync($"oras push --plain-http --format json {Repository}:{tag} {tag}.txt");
        return (string)pushed["digest"]!;
    }

    /// <summary>Attaches a file to a tag or <c>@digest</c>, and returns the referrer's digest.</summary>
    async Task<string> AttachAsync(string to, string artifactType, string options = "")
    {
        WriteFile("attached.json", """{"attached":true}""");
        var subject = to.StartsWith('@') ? Repository + to : $"{Repository}:{to}";
        var attached = await RunForJsonAsync(
            $"oras attach --plain-http --format json --artifact-type {artifactType} {options} {subject} attached.json");
        return (string)attached["digest"]!;
    }
}
