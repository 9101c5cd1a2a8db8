using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Threading.RateLimiting;

namespace Registry.Access;

/// <summary>Limits authentication failures per address and per account, and the audit log entries on them.</summary>
/// <remarks>
/// Each process has its own limits. They protect the log; the secrets themselves cannot be guessed. Whoever has the right secret is
/// never throttled, so nobody can lock others out of their account.
/// </remarks>
public sealed class LoginThrottle : IDisposable
{
    /// <summary>Failures in a minute from one address, or from one network of IPv6, which a single client can have.</summary>
    const int OfAddress = 20;

    /// <summary>Failures in a minute for one account, from all addresses.</summary>
    const int OfAccount = 100;

    readonly PartitionedRateLimiter<Failure> _failures = Limit(0);

    // One more, so that the first throttled failure is recorded.
    readonly PartitionedRateLimiter<Failure> _entries = Limit(1);

    /// <summary>Counts a failure; false when the address or the account is throttled.</summary>
    /// <param name="address">IP address of the client.</param>
    /// <param name="account">
    /// Name of the account as claimed, whether it exists or not: throttling must not reveal which do. Null where none is named.
    /// </param>
    public bool AllowsFailure(string address, string? account) => Acquire(_failures, new(address, account));

    /// <summary>Counts an entry of the audit log; false when it should not be written.</summary>
    /// <inheritdoc cref="AllowsFailure"/>
    public bool MayAudit(string address, string? account) => Acquire(_entries, new(address, account));

    public void Dispose()
    {
        _failures.Dispose();
        _entries.Dispose();
    }

    static bool Acquire(PartitionedRateLimiter<Failure> limiter, Failure failure)
    {
        using var lease = limiter.AttemptAcquire(failure);
        return lease.IsAcquired;
    }

    /// <summary>In this order: what an address is denied does not count for the account.</summary>
    static PartitionedRateLimiter<Failure> Limit(int extra) => PartitionedRateLimiter.CreateChained(
        PartitionedRateLimiter.Create<Failure, string>(failure => PerMinute(NetworkOf(failure.Address), OfAddress + extra)),
        PartitionedRateLimiter.Create<Failure, int>(failure => failure.Account is { } account
            // A hash, since callers choose the name and its length.
            ? PerMinute(account.GetHashCode(StringComparison.Ordinal), OfAccount + extra)
            : RateLimitPartition.GetNoLimiter(0)));

    static RateLimitPartition<T> PerMinute<T>(T key, int failures) => RateLimitPartition.GetFixedWindowLimiter(
        key, _ => new FixedWindowRateLimiterOptions { PermitLimit = failures, Window = TimeSpan.FromMinutes(1) });

    /// <summary>The address; of one of IPv6 the first 64 bits, since a client can have all addresses that begin with them.</summary>
    static string NetworkOf(string address) =>
        IPAddress.TryParse(address, out var ip) && ip.AddressFamily == AddressFamily.InterNetworkV6
            ? BinaryPrimitives.ReadUInt64BigEndian(ip.GetAddressBytes()).ToString("x16", null)
            : address;

    readonly record struct Failure(string Address, string? Account);
}
