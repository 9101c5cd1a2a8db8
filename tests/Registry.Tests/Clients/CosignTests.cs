using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

public class CosignTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    /// <summary>With a local key and no transparency log, so without the internet.</summary>
    const string Offline = "--tlog-upload=false --use-signing-config=false --allow-http-registry --yes";

    [Fact]
    public async Task Cosign_signs_an_image_and_verifies_it()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync("cosign generate-key-pair");
        await RunAsync($"cosign sign --key cosign.key {Offline} {Repository}@{layout.Digest}");
        var bundle = Assert.Single(await ReadReferrersAsync(layout.Digest))!;
        Assert.StartsWith("application/vnd.dev.sigstore.bundle", (string?)bundle["artifactType"], StringComparison.Ordinal);
        var verified = await RunAsync($"cosign verify --key cosign.pub --insecure-ignore-tlog --allow-http-registry {Repository}:v1");
        Assert.Contains(layout.Digest, verified, StringComparison.Ordinal);

        OciLayout.Create(PathOf("unsigned"), "amd64");
        await RunAsync($"crane push unsigned {Repository}:unsigned");
        await FailAsync($"cosign verify --key cosign.pub --insecure-ignore-tlog --allow-http-registry {Repository}:unsigned");
    }

    [Fact]
    public async Task Cosign_signs_an_image_in_the_old_format_by_tag()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync("cosign generate-key-pair");
        await RunAsync($"cosign sign --key cosign.key --new-bundle-format=false {Offline} {Repository}@{layout.Digest}");
        Assert.Equal($"{layout.Digest.Replace(':', '-')}.sig\nv1", await RunAsync($"crane ls {Repository}"));
        await RunAsync($"cosign verify --key cosign.pub --new-bundle-format=false --insecure-ignore-tlog --allow-http-registry " +
            $"{Repository}:v1");
    }
}
