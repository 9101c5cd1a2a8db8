using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>umoci builds and unpacks images in the OCI layout; skopeo carries them, since umoci speaks to no registry.</summary>
public class UmociTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [RootFact]
    public async Task Umoci_unpacks_what_it_built_after_a_push_and_a_pull()
    {
        await RunAsync("umoci init --layout made");
        await RunAsync("umoci new --image made:v1");
        await RunAsync("umoci unpack --image made:v1 bundle");
        WriteFile("bundle/rootfs/hello.txt", $"{Name}\n");
        await RunAsync("umoci repack --image made:v1 bundle");
        await RunAsync("umoci config --image made:v1 --config.cmd /hello");

        await RunAsync($"skopeo copy --dest-tls-verify=false oci:made:v1 docker://{Repository}:v1");
        await RunAsync($"skopeo copy --src-tls-verify=false docker://{Repository}:v1 oci:pulled:v1");
        await RunAsync("umoci unpack --image pulled:v1 unpacked");
        Assert.Equal($"{Name}\n", ReadFile("unpacked/rootfs/hello.txt"));
        Assert.Equal("v1", await RunAsync("umoci list --layout pulled"));
    }
}
