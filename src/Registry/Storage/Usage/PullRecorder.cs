using Azure;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Registry.Storage;

/// <summary>Writes down every few minutes, and when the host ends, which manifests were pulled.</summary>
sealed partial class PullRecorder(PullRecords uses, TimeProvider time, ILogger<PullRecorder> logger) : BackgroundService
{
    static readonly TimeSpan s_interval = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(s_interval, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken)) await WriteAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // What is left is written at the end.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WriteAsync(cancellationToken);
    }

    /// <summary>What cannot be written now is kept for the next time, and nothing else is worse for it.</summary>
    async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await uses.WriteAsync(cancellationToken);
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or ContentionException or OperationCanceledException)
        {
            Log.NotWritten(logger, e);
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Which manifests were pulled lately could not be written down; it will be tried again.")]
        public static partial void NotWritten(ILogger logger, Exception exception);
    }
}
