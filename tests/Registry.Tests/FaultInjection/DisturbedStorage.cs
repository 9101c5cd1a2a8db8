using System.Diagnostics;
using System.Globalization;
using Registry.Server.Azurite;

namespace Registry.Tests.FaultInjection;

/// <summary>Azurite, frozen for moments and restarted gracefully; the proxy learns its address.</summary>
/// <remarks>It is never killed: it would lose the last seconds of acknowledged writes, which is Azurite's limitation.</remarks>
sealed class DisturbedStorage : IAsyncDisposable
{
    readonly SoakOptions _options;
    readonly SoakReport _report;
    readonly string _folder;
    readonly SemaphoreSlim _turn = new(1);
    AzuriteProcess _azurite;

    DisturbedStorage(SoakOptions options, SoakReport report, string folder, AzuriteProcess azurite) =>
        (_options, _report, _folder, _azurite) = (options, report, folder, azurite);

    /// <summary>Connects to Azurite directly, without the proxy.</summary>
    public string ConnectionString => _azurite.ConnectionString;

    public static async Task<DisturbedStorage> StartAsync(SoakOptions options, SoakReport report, string folder) =>
        new(options, report, folder, await AzuriteProcess.StartAsync(folder, Console.Error, CancellationToken.None));

    public async Task FreezeAsync(CancellationToken cancellationToken)
    {
        var random = _options.RandomFor("freezes");
        while (true)
        {
            await Task.Delay((0.4 + 1.2 * random.NextDouble()) * _options.BetweenFreezes, cancellationToken);
            await _turn.WaitAsync(cancellationToken);
            try
            {
                await SignalAsync("STOP");
                await Task.Delay((0.1 + 0.9 * random.NextDouble()) * _options.LongestFreeze, CancellationToken.None);
                _report.Add("freezes of the storage");
            }
            finally
            {
                await SignalAsync("CONT");
                _turn.Release();
            }
        }
    }

    public async Task RestartAsync(FaultyProxy proxy, CancellationToken cancellationToken)
    {
        var random = _options.RandomFor("restarts");
        while (true)
        {
            await Task.Delay((0.4 + 1.2 * random.NextDouble()) * _options.BetweenRestarts, cancellationToken);
            await _turn.WaitAsync(cancellationToken);
            try
            {
                await _azurite.DisposeAsync();
                _azurite = await AzuriteProcess.StartAsync(_folder, Console.Error, CancellationToken.None);
                proxy.SetTarget(_azurite.ConnectionString);
                _report.Add("graceful restarts of the storage");
            }
            finally
            {
                _turn.Release();
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _azurite.DisposeAsync();
        _turn.Dispose();
    }

    async Task SignalAsync(string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", _azurite.ProcessId.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync(CancellationToken.None);
    }
}
