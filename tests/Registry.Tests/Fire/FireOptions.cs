namespace Registry.Tests.Fire;

/// <summary>How long it burns, how hot, and by which seed.</summary>
sealed record FireOptions
{
    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Ends the fire before its time; null for never.</summary>
    public Func<FireReport, bool>? Enough { get; init; }

    /// <summary>Decides what clients do, what fails and who is killed. What meets what is the machine's to decide.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Registry:Storage:GracePeriod. Requests give up after an eighth of it, so it must be seconds on a machine that is busy.</summary>
    public TimeSpan Grace { get; init; } = TimeSpan.FromSeconds(8);

    /// <summary>How long deleted tags and manifests can be restored: so long that what they need would be collected meanwhile, if nothing held it.</summary>
    public TimeSpan KeepDeleted { get; init; } = TimeSpan.FromSeconds(20);

    public int Servers { get; init; } = 2;

    public int Actors { get; init; } = 8;

    public int Readers { get; init; } = 2;

    /// <summary>Collectors that run at once, one pass after the other.</summary>
    public int Collectors { get; init; } = 2;

    /// <summary>The share of the storage's answers to the servers that something happens to; to collectors half of it.</summary>
    public double FaultRate { get; init; } = 0.02;

    /// <summary>The mean time between two kills of a server.</summary>
    public TimeSpan BetweenKills { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The mean time between two freezes of Azurite.</summary>
    public TimeSpan BetweenFreezes { get; init; } = TimeSpan.FromSeconds(9);

    /// <summary>The mean time between two restarts of Azurite.</summary>
    public TimeSpan BetweenRestarts { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// The protocol's assumption: a request to the storage is executed within three quarters of the grace after it was sent, or
    /// never. So what keeps it from being executed adds up to less: a delay in the proxy and a freeze of Azurite.
    /// </summary>
    public TimeSpan LongestDelay => Least(Grace / 7, TimeSpan.FromSeconds(3));

    /// <inheritdoc cref="LongestDelay"/>
    public TimeSpan LongestFreeze => Least(Grace / 6, TimeSpan.FromSeconds(2));

    /// <summary>How long the storage may take for a change before the protocol promises nothing.</summary>
    public TimeSpan LongestChange => Grace * 0.75;

    /// <summary>How long answers are held back at the most before they are lost: what was asked has been done by then, so this may be any time.</summary>
    public TimeSpan LongestHold => Grace;

    /// <summary>How long after its last word a request whose outcome is unknown may still change something.</summary>
    public TimeSpan LateWindow => LongestChange + TimeSpan.FromSeconds(1);

    /// <summary>A client's patience with one request.</summary>
    public TimeSpan ClientTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>A seed of its own for each part, so that one does not disturb another's decisions.</summary>
    public Random RandomFor(string part)
    {
        // string.GetHashCode differs from run to run.
        var hash = 2166136261u ^ (uint)Seed;
        foreach (var c in part) hash = (hash ^ c) * 16777619u;
        return new Random((int)hash);
    }

    static TimeSpan Least(TimeSpan a, TimeSpan b) => a < b ? a : b;
}
