using System.Diagnostics.Metrics;

namespace Registry.Access;

/// <summary>
/// Counts requests without credentials that were asked to authenticate (401). Most clients begin with one, and anyone can send any
/// number of them, so they have no audit entries of their own.
/// </summary>
/// <remarks>Metric <c>registry.challenges</c>.</remarks>
public sealed class ChallengeCounter(IMeterFactory meters)
{
    public const string MeterName = "Registry.Access";

    readonly Counter<long> _counter = meters.Create(MeterName)
        .CreateCounter<long>("registry.challenges", "{request}", "Requests without credentials that were asked to authenticate.");

    long _sinceSummary;

    public void Count()
    {
        Interlocked.Increment(ref _sinceSummary);
        _counter.Add(1);
    }

    /// <summary>The number since the last call.</summary>
    public long Take() => Interlocked.Exchange(ref _sinceSummary, 0);
}
