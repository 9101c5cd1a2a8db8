using Microsoft.Extensions.Options;
using Registry.GarbageCollection;

namespace Registry.Server;

/// <summary>Collects garbage when a pass is due, while the server runs. Servers on one storage account take turns.</summary>
sealed partial class CollectionSchedule(
    Collector collector, IOptions<RegistryOptions> options, TimeProvider time, ILogger<CollectionSchedule> logger) : BackgroundService
{
    /// <summary>Fraction of the time that a pass works, because the process also serves requests.</summary>
    public const double Share = 0.1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Collection.PollInterval, time);
        try
        {
            // Waits first, so that a server that has just started serves its clients.
            while (await timer.WaitForNextTickAsync(stoppingToken)) await CollectAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The next process resumes the pass.
        }
    }

    async Task CollectAsync(CancellationToken stoppingToken)
    {
        try
        {
            await collector.RunDueAsync(Share, stoppingToken);
        }
        // A failed collection must not stop the server. The next attempt resumes the pass.
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Failed(logger, e);
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Garbage collection failed. The next attempt resumes the pass.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
