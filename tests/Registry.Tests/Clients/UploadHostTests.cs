using System.Net;
using System.Net.Sockets;
using Registry.Tests.Server;
using Registry.Tests.Storage;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>
/// Large layers through a registry that redirects uploads to another process, which accepts only requests with a session's
/// token.
/// </summary>
public sealed class UploadHostTests(UploadHostTests.Pair pair, ITestOutputHelper output)
    : LargeLayerTest(pair.Registry, output), IClassFixture<UploadHostTests.Pair>, IAsyncLifetime
{
    readonly TransactionCounter _sent = new(pair.Registry);
    ServerProcess? _open;

    /// <summary>
    /// oras does not follow upload locations to another host, so it pushes to the upload host, with full access, and pulls
    /// here.
    /// </summary>
    private protected override async Task<string> FindHostForOrasAsync()
    {
        (_open, var client) = await ServerProcess.StartAsync(null, await Pair.StorageAsync());
        return client.BaseAddress!.Authority;
    }

    public Task InitializeAsync() => Task.CompletedTask;

    /// <summary>The layer was not staged here: the number of storage requests from here does not grow with its size.</summary>
    public async Task DisposeAsync()
    {
        if (_open is not null) await _open.DisposeAsync();
        using var sent = _sent;
        Assert.InRange(sent.All.Sum(some => some.Count), 4, 40);
        Assert.Equal(0, sent["blob", "PUT"]);
    }

    public sealed class Pair : IAsyncLifetime
    {
        ServerProcess? _uploads;

        public TestRegistry Registry { get; private set; } = null!;

        public static async Task<string> StorageAsync() =>
            $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}";

        public async Task InitializeAsync()
        {
            // An upload host takes tokens of sessions because it is named as one, also to itself.
            using var free = new TcpListener(IPAddress.Loopback, 0);
            free.Start();
            var address = $"http://{free.LocalEndpoint}";
            free.Stop();
            (_uploads, var client) = await ServerProcess.StartAsync(
                null,
                "--urls",
                address,
                await StorageAsync(),
                $"--Registry:Policy={TestPolicies.AnonymousMay("push")}",
                $"--Registry:Uploads:Location={address}");
            Registry = await TestRegistry.StartAsync(options => options.Uploads.Location = client.BaseAddress);
        }

        public async Task DisposeAsync()
        {
            await Registry.DisposeAsync();
            await _uploads!.DisposeAsync();
        }
    }
}
