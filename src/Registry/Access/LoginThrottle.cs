using System.Threading.RateLimiting;

namespace Registry.Access;

/// <summary>Slows down an address from which wrong credentials come again and again, and keeps it from filling the audit log.</summary>
/// <remarks>Of this process alone: with several, each allows as much. What it protects is the log: secrets cannot be guessed.</remarks>
public sealed class LoginThrottle : IDisposable
{
    const int FailuresInAMinute = 20;

    readonly PartitionedRateLimiter<string> _failures = Limit(FailuresInAMinute);

    // One more: the first that is slowed down is told of.
    readonly PartitionedRateLimiter<string> _entries = Limit(FailuresInAMinute + 1);

    /// <summary>Counts a failure, and says whether it is to be answered as one.</summary>
    public bool AllowsFailure(string address) => Acquire(_failures, address);

    /// <summary>Counts an entry of the audit log, and says whether it is to be written.</summary>
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

    static PartitionedRateLimiter<string> Limit(int inAMinute) => PartitionedRateLimiter.Create<string, string>(address =>
        RateLimitPartition.GetFixedWindowLimiter(
            address, _ => new FixedWindowRateLimiterOptions { PermitLimit = inAMinute, Window = TimeSpan.FromMinutes(1) }));
}
