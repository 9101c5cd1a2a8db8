using Azure;
using Azure.Identity;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Registry.Storage;

/// <summary>Healthy while the storage account answers. While it does, it is asked once in half a minute: each time costs transactions.</summary>
sealed class StorageHealth(StorageAccount account, TimeProvider time) : IHealthCheck
{
    static readonly TimeSpan s_interval = TimeSpan.FromSeconds(30);

    /// <summary>Sooner than whoever asks gives up.</summary>
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    long _checked = long.MinValue;

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken)
    {
        var last = Interlocked.Read(ref _checked);
        if (last != long.MinValue && time.GetElapsedTime(last) < s_interval) return HealthCheckResult.Healthy();
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            await account.CheckAsync(patience.Token);
            Interlocked.Exchange(ref _checked, time.GetTimestamp());
            return HealthCheckResult.Healthy();
        }
        catch (Exception e) when (e is RequestFailedException or AggregateException or AuthenticationFailedException
            || (e is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return HealthCheckResult.Unhealthy("The storage account cannot be used.", e);
        }
    }
}
