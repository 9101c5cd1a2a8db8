using System.Globalization;
using Registry.Tests.Server;

namespace Registry.Tests.FaultInjection;

/// <summary>Several registries on one storage, each killed with -9 at times and restarted.</summary>
sealed class RegistryServers(SoakOptions options, Func<int, string[]> argumentsOf, SoakReport report) : IAsyncDisposable
{
    readonly (ServerProcess Process, Uri Address)?[] _servers = new (ServerProcess, Uri)?[options.Servers];

    /// <summary>The address of a running server; null if there is none.</summary>
    public Uri? Pick(Random random)
    {
        var first = random.Next(_servers.Length);
        for (var i = 0; i < _servers.Length; i++)
            if (_servers[(first + i) % _servers.Length] is { } server) return server.Address;
        return null;
    }

    public Task StartAllAsync(CancellationToken cancellationToken) =>
        Task.WhenAll(Enumerable.Range(0, _servers.Length).Select(i => StartAsync(i, cancellationToken)));

    /// <summary>Kills servers at random, one after the other, until cancelled.</summary>
    public async Task KillAtRandomAsync(CancellationToken cancellationToken)
    {
        var random = options.RandomFor("kills of servers");
        while (true)
        {
            // Sometimes two in quick succession, so that none is running.
            var mean = options.BetweenKills.TotalSeconds;
            await Task.Delay(TimeSpan.FromSeconds(random.Next(8) == 0 ? 0.1 : (0.4 + 1.2 * random.NextDouble()) * mean), cancellationToken);
            var which = random.Next(_servers.Length);
            await KillAsync(which);
            await StartAsync(which, cancellationToken);
        }
    }

    public async Task KillAllAsync()
    {
        for (var i = 0; i < _servers.Length; i++) await KillAsync(i);
    }

    /// <summary>Ends all servers, also if one of them does not end in time.</summary>
    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(_servers.OfType<(ServerProcess Process, Uri Address)>()
            .Select(server => server.Process.DisposeAsync().AsTask()));

    async Task KillAsync(int which)
    {
        if (_servers[which] is not { } server) return;
        // Clients still connect to it when it is killed.
        await server.Process.SignalAsync("KILL");
        _servers[which] = null;
        Note(server.Process);
        await server.Process.DisposeAsync();
        report.Add("servers killed with -9");
    }

    async Task StartAsync(int which, CancellationToken cancellationToken)
    {
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                var (process, client) = await ServerProcess.StartAsync(["--urls", "http://127.0.0.1:0", .. argumentsOf(which)]);
                _servers[which] = (process, client.BaseAddress!);
                client.Dispose();
                return;
            }
            catch (InvalidOperationException e) when (e.Message.Contains("The storage account", StringComparison.Ordinal))
            {
                // The storage was unavailable for longer than a server waits: an operator would restart it.
                report.Add("starts of servers failed by the storage");
            }
        }
    }

    /// <summary>Records the unexpected failures in the registry's log.</summary>
    void Note(ServerProcess process)
    {
        var lines = process.Output.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            if (!lines[i].Contains("failed with status 500", StringComparison.Ordinal)) continue;
            report.ReportUnexpected(string.Create(CultureInfo.InvariantCulture,
                $"log: {string.Join(" / ", lines.Skip(i + 1).Take(8).Select(line => line.Trim()))}"));
        }
    }
}
