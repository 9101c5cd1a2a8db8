using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>ctr, with a containerd of its own.</summary>
public class CtrTests(TestRegistry registry, AccessFixture fixture, CtrTests.Containerd containerd, ITestOutputHelper output)
    : AccessTest(registry, fixture, output), IClassFixture<TestRegistry>, IClassFixture<AccessFixture>, IClassFixture<CtrTests.Containerd>
{
    [RootFact]
    public async Task Ctr_pulls_unpacks_and_pushes_an_image()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync($"ctr images pull --plain-http {Repository}:v1");
        Assert.Contains(layout.Digest, await RunAsync("ctr images list"), StringComparison.Ordinal);
        await RunAsync($"ctr images tag {Repository}:v1 {Repository}-copy:v2");
        await RunAsync($"ctr images push --plain-http {Repository}-copy:v2");
        await RunAsync($"skopeo copy --src-tls-verify=false docker://{Repository}-copy:v2 oci:pulled:v1");
        layout.AssertSame(OciLayout.Open(PathOf("pulled")));
    }

    /// <summary>The older of its two ways, which mounts blobs of other repositories.</summary>
    [RootFact]
    public async Task Ctr_fetches_and_pushes_an_index()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64", "arm64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync($"ctr content fetch --plain-http --all-platforms {Repository}:v1");
        await RunAsync($"ctr images push --local --plain-http {Repository}-copy:v2 {Repository}:v1");
        await RunAsync($"skopeo copy --all --src-tls-verify=false docker://{Repository}-copy:v2 oci:pulled:v1");
        layout.AssertSame(OciLayout.Open(PathOf("pulled")));
    }

    /// <summary>ctr stores no credentials: each command has them.</summary>
    [RootFact]
    public async Task Ctr_can_do_what_its_principal_may()
    {
        foreach (var who in new[] { "anonymous", "reader", "pusher", "github" })
        {
            var (own, open, foreign) = await PrepareAsync();
            var login = Fixture.LoginOf(who) is var (user, password) ? $"--user {user}:{password}" : "";
            await TryAsync(true, $"ctr content fetch --plain-http {login} {Host}/{open}:v1");
            await TryAsync(false, $"ctr content fetch --plain-http {login} {Host}/{foreign}:v1");
            await TryAsync(MayPull(who), $"ctr content fetch --plain-http {login} {Host}/{own}:v1");
            foreach (var (target, may) in new[] { ($"{own}:v2", MayPush(who)), ($"{own}:v1", MayOverwrite(who)), ($"{foreign}:v2", false) })
                await TryAsync(may, $"ctr images push --local --plain-http {login} {Host}/{target} {Host}/{open}:v1");
        }
    }

    private protected override IEnumerable<string> ArgumentsBefore(string name) => name == "ctr"
        ? ["--address", containerd.Socket, "--namespace", Path.GetFileName(Folder)]
        : base.ArgumentsBefore(name);

    private protected override Task<ClientProgram> FindProgramAsync(string name) =>
        name == "ctr" ? ClientPrograms.FetchedAsync("ctr") : base.FindProgramAsync(name);

    public sealed class Containerd : IAsyncLifetime
    {
        Daemon? _daemon;

        public string Socket => _daemon!.Socket;

        public async Task InitializeAsync()
        {
            // xUnit creates the fixture for skipped tests too.
            if (RootFactAttribute.SkipReason is not null) return;
            _daemon = await Daemon.StartAsync("run-containerd.sh", await ClientPrograms.FetchedAsync("ctr"), "--address");
        }

        public async Task DisposeAsync()
        {
            if (_daemon is not null) await _daemon.DisposeAsync();
        }
    }
}
