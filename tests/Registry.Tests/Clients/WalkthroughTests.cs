using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>The commands of the talk that this project started from, step by step.</summary>
public class WalkthroughTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [Fact]
    public async Task A_file_an_image_and_a_manifest_that_refers_to_it()
    {
        // Any file is an artifact.
        WriteFile("hi.txt", "hi\n");
        await RunAsync($"oras push --plain-http {Repository}:hi hi.txt");
        await RunAsync($"oras pull --plain-http -o pulled {Repository}:hi");
        Assert.Equal("hi\n", ReadFile("pulled/hi.txt"));

        // An image is just that: a manifest and its blobs.
        var layout = OciLayout.Create(PathOf("image"), "amd64");
        await RunAsync($"crane push image {Repository}:image");
        Assert.Equal(layout.Digest, await RunAsync($"crane digest {Repository}:image"));
        Assert.True(JsonNode.DeepEquals(JsonNode.Parse(layout.Manifest), await RunForJsonAsync($"crane manifest {Repository}:image")));

        // The file's manifest, pushed again with the image as its subject.
        var about = (await RunForJsonAsync($"crane manifest {Repository}:hi")).AsObject();
        about["subject"] = OciContent.Descriptor(layout.Manifest, MediaType.OciManifest);
        WriteFile("about.json", about.ToJsonString());
        await RunAsync($"oras manifest push --plain-http {Repository}:about about.json");

        var referrer = Assert.Single(await ReadReferrersAsync(layout.Digest))!;
        Assert.Equal(OciContent.DigestOf(about.ToBytes()), (string?)referrer["digest"]);
        Assert.Equal((string?)about["artifactType"], (string?)referrer["artifactType"]);
        var discovered = await RunForJsonAsync($"oras discover --plain-http --format json {Repository}:image");
        Assert.Equal((string?)referrer["digest"], (string?)Assert.Single(discovered["referrers"]!.AsArray())!["digest"]);
        Assert.Equal(["about", "hi", "image"], (await RunAsync($"oras repo tags --plain-http {Repository}")).Split('\n'));
    }
}
