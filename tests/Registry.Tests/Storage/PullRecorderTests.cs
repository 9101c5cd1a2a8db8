using Azure.Identity;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Registry.Oci;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Storage;

public class PullRecorderTests
{
    /// <summary>Here the registry has no identity, which is not an exception of the storage.</summary>
    [Fact]
    public async Task Failure_that_nobody_expects_does_not_end_the_host()
    {
        using var log = new LogCollector();
        await using var registry = await TestRegistry.StartAsync(
            options => options.Storage = new() { BlobUri = new("https://127.0.0.1:9/a"), TableUri = new("https://127.0.0.1:9/a") },
            new Hasty(),
            log);
        registry.Get<PullRecords>().Pulled(RepositoryName.Parse("a"), DigestAlgorithm.Sha256.Of([]));
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (Failures().Count() < 2) await Task.Delay(10, patience.Token);
        Assert.All(Failures(), entry => Assert.Contains(nameof(CredentialUnavailableException), entry.Text, StringComparison.Ordinal));
        Assert.False(registry.Get<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        await registry.StopAsync();

        IEnumerable<LogEntry> Failures() => log.Entries
            .Where(entry => entry.Level == LogLevel.Warning && entry.Category == typeof(PullRecorder).FullName);
    }

    /// <summary>Every timer is due at once.</summary>
    sealed class Hasty : TimeProvider
    {
        static readonly TimeSpan s_period = TimeSpan.FromMilliseconds(10);

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, s_period, s_period);
    }
}
