using System.Globalization;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>A large layer, which each client uploads differently: oras in one PUT, crane and skopeo in one PATCH.</summary>
public abstract class LargeLayerTest(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output)
{
    /// <summary>In bytes; the variable is in MiB. Six storage blocks are more than are uploaded concurrently.</summary>
    private protected static long Length { get; } =
        long.Parse(Environment.GetEnvironmentVariable("REGISTRY_TEST_LAYER") ?? (FullRun.Enabled ? "200" : "24"),
            CultureInfo.InvariantCulture) << 20;

    [Fact]
    public async Task Oras_push_and_pull_returns_the_same_large_file()
    {
        var digest = WriteLayer();
        await RunAsync($"oras push --plain-http {await FindHostForOrasAsync()}/{Name}:v1 layer");
        File.Delete(PathOf("layer"));
        await RunAsync($"oras pull --plain-http -o pulled {Host}/{Name}:v1");
        Assert.Equal(digest, FileDigest.Of(PathOf("pulled/layer")));
    }

    [Fact]
    public async Task Crane_push_and_pull_returns_the_same_large_layer()
    {
        var digest = WriteLayer();
        OciLayout.CreateFromLayers(PathOf("layout"), PathOf("layer"));
        await RunAsync($"crane push layout {Host}/{Name}:v1");
        Directory.Delete(PathOf("layout"), recursive: true);
        await RunAsync($"crane pull --format oci {Host}/{Name}:v1 pulled");
        Assert.Equal(digest, FileDigest.Of(OciLayout.Open(PathOf("pulled")).PathOf(digest)));
    }

    [Fact]
    public async Task Skopeo_copy_in_and_out_returns_the_same_large_layer()
    {
        var digest = WriteLayer();
        OciLayout.CreateFromLayers(PathOf("layout"), PathOf("layer"));
        // Otherwise it would compress the layer.
        await RunAsync($"skopeo copy --preserve-digests --dest-tls-verify=false oci:layout:v1 docker://{Host}/{Name}:v1");
        Directory.Delete(PathOf("layout"), recursive: true);
        await RunAsync($"skopeo copy --preserve-digests --src-tls-verify=false docker://{Host}/{Name}:v1 oci:pulled:v1");
        Assert.Equal(digest, FileDigest.Of(OciLayout.Open(PathOf("pulled")).PathOf(digest)));
    }

    /// <summary>The host to which clients push, and from which they pull.</summary>
    private protected virtual string Host => Registry.Host;

    /// <summary>The host to which oras pushes large layers.</summary>
    private protected virtual Task<string> FindHostForOrasAsync() => Task.FromResult(Host);

    private protected string WriteLayer()
    {
        FileDigest.WriteRandom(PathOf("layer"), Length);
        return FileDigest.Of(PathOf("layer"));
    }
}

public class LargeLayerTests(TestRegistry registry, ITestOutputHelper output) : LargeLayerTest(registry, output),
    IClassFixture<TestRegistry>;
