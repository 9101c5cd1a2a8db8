using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Registry.Storage;

/// <summary>Writes the recorded pulls to the storage every few minutes, and when the host stops.</summary>
sealed partial class PullRecorder(PullRecords pulls, TimeProvider time, ILogger<PullRecorder> logger) : BackgroundService
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
            // StopAsync writes the rest.
        }
    }

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        await WriteAsync(cancellationToken);
    }

    /// <summary>
    /// Pulls that cannot be written now are kept for the next attempt. Whatever the failure is, such as an identity without a token, it
    /// must not end the host, which serves requests.
    /// </summary>
    async Task WriteAsync(CancellationToken cancellationToken)
    {
        try
        {
            await pulls.WriteAsync(cancellationToken);
        }
        catch (Exception e)
        {
            Log.NotWritten(logger, e);
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Could not write the times of the latest pulls to the storage; it will be retried.")]
        public static partial void NotWritten(ILogger logger, Exception exception);
    }
}
