namespace Registry.Tests.FaultInjection;

/// <summary>Duration, load, faults and seed of a soak test.</summary>
sealed record SoakOptions
{
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ends the run early when true; null for never.</summary>
    public Func<SoakReport, bool>? StopWhen { get; init; }

    /// <summary>
    /// Determines what clients do, what fails and which process is killed; the interleaving depends on the machine.
    /// </summary>
    public int Seed { get; init; } = 1;

    /// <summary>
    /// Registry:Storage:GracePeriod. The commit deadline is an eighth of it, so it must be seconds on a busy machine.
    /// </summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>
    /// How long deleted tags and manifests can be restored: longer than the grace period, so that their content would be
    /// collected meanwhile if the tombstone did not pin it.
    /// </summary>
    public TimeSpan KeepDeleted { get; init; } = TimeSpan.FromSeconds(20);

    public int Servers { get; init; } = 2;

    public int Actors { get; init; } = 8;

    public int Readers { get; init; } = 2;

    /// <summary>Number of concurrent collectors, each running one pass after the other.</summary>
    public int Collectors { get; init; } = 2;

    /// <summary>Probability of a fault per storage request of a server; half of it for collectors.</summary>
    public double FaultRate { get; init; } = 0.02;

    /// <summary>Mean time between two kills of a server.</summary>
    public TimeSpan BetweenKills { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Mean time between two freezes of Azurite.</summary>
    public TimeSpan BetweenFreezes { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>Mean time between two restarts of Azurite.</summary>
    public TimeSpan BetweenRestarts { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The protocol's assumption: a storage request is executed within three quarters of the grace period after it was sent, or
    /// never. So the delays add up to less: one in the proxy and a freeze of Azurite.
    /// </summary>
    public TimeSpan LongestDelay => Least(Grace / 7, TimeSpan.FromSeconds(3));

    /// <inheritdoc cref="LongestDelay"/>
    public TimeSpan LongestFreeze => Least(Grace / 6, TimeSpan.FromSeconds(2));

    /// <summary>How long the storage may take for a change; beyond that, the protocol guarantees nothing.</summary>
    public TimeSpan LongestChange => Grace * 0.75;

    /// <summary>
    /// The longest delay of an answer before it is lost. The request has been executed by then, so any time is allowed.
    /// </summary>
    public TimeSpan LongestHold => Grace;

    /// <summary>How long after its end a request with an unknown outcome may still change something.</summary>
    public TimeSpan LateWindow => LongestChange + TimeSpan.FromSeconds(1);

    /// <summary>Timeout of one request of a client.</summary>
    public TimeSpan ClientTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// A random source with a separate seed for each component, so that components do not affect each other's draws.
    /// </summary>
    public Random RandomFor(string part)
    {
        // string.GetHashCode differs from run to run.
        var hash = 2166136261u ^ (uint)Seed;
        foreach (var c in part) hash = (hash ^ c) * 16777619u;
        return new Random((int)hash);
    }

    static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
