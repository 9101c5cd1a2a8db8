using Azure;
using Azure.Identity;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Registry.Storage;

/// <summary>
/// Healthy while the storage account answers. A healthy result is cached for half a minute, since each check costs transactions.
/// </summary>
sealed class StorageHealth(StorageAccount account, TimeProvider time) : IHealthCheck
{
    static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    /// <summary>Shorter than the timeout of the health probe that waits for the result.</summary>
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(5);

    long _checked = long.MinValue;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var last = Interlocked.Read(ref _checked);
        if (last != long.MinValue && time.GetElapsedTime(last) < s_interval) return HealthCheckResult.Healthy();
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_timeout);
        try
        {
            await account.CheckAsync(timeout.Token);
            Interlocked.Exchange(ref _checked, time.GetTimestamp());
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return HealthCheckResult.Unhealthy("The storage account is unreachable, refuses access, or lacks a table or container.", e);
        }
    }
}
