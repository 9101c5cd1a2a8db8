using Microsoft.Extensions.Options;
using Registry.GarbageCollection;

namespace Registry.Server;

/// <summary>Collects garbage when it is due, for as long as the server runs. Several servers on one storage take turns.</summary>
sealed partial class CollectionSchedule(Collector collector, IOptions<RegistryOptions> options, TimeProvider time, ILogger<CollectionSchedule> logger) : BackgroundService
{
    /// <summary>Of the time, while a pass is made: the process serves requests meanwhile.</summary>
    public const double Share = 0.1;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Collection.PollInterval, time);
        try
        {
            // Not while clients wait for a server that has just been started.
            while (await timer.WaitForNextTickAsync(stoppingToken)) await CollectAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // Whoever comes next goes on with the pass.
        }
    }

    async Task CollectAsync(CancellationToken stoppingToken)
    {
        try
        {
            await collector.RunDueAsync(Share, stoppingToken);
        }
        // Whatever it is: clients are served all the same, and the next time may be better.
        catch (Exception e) when (!stoppingToken.IsCancellationRequested)
        {
            Log.Failed(logger, e);
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "The collection of garbage has failed; it will be gone on with.")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
