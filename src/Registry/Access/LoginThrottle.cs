using System.Threading.RateLimiting;

namespace Registry.Access;

/// <summary>Limits authentication failures per address, and the audit log entries on them.</summary>
/// <remarks>Each process has its own limits. They protect the log; the secrets themselves cannot be guessed.</remarks>
public sealed class LoginThrottle : IDisposable
{
    const int FailuresPerMinute = 20;

    readonly PartitionedRateLimiter<string> _failures = Limit(FailuresPerMinute);

    // One more, so that the first throttled failure is recorded.
    readonly PartitionedRateLimiter<string> _entries = Limit(FailuresPerMinute + 1);

    /// <summary>Counts a failure; false when the address is throttled.</summary>
    public bool AllowsFailure(string address) => Acquire(_failures, address);

    /// <summary>Counts an entry of the audit log; false when it should not be written.</summary>
    public bool MayAudit(string address) => Acquire(_entries, address);

    public void Dispose()
    {
        _failures.Dispose();
        _entries.Dispose();
    }

    static bool Acquire(PartitionedRateLimiter<string> limiter, string address)
    {
        using var lease = limiter.AttemptAcquire(address);
        return lease.IsAcquired;
    }

    static PartitionedRateLimiter<string> Limit(int perMinute) => PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = perMinute, Window = TimeSpan.FromMinutes(1) }));
}
