namespace Registry.GarbageCollection;

/// <summary>
/// Keeps a pass from taking more than its share of the time, so that requests beside it find the
/// storage and the processor free: after each page it rests as long as it takes.
/// </summary>
/// <param name="share">Of the time, over 0 and up to 1.</param>
/// <param name="time">Measures it.</param>
sealed class Throttle(double share, TimeProvider time)
{
    /// <summary>However long the storage took for a page: it may have been a bad moment, and the pass is to come to its end.</summary>
    static readonly TimeSpan s_longest = TimeSpan.FromMinutes(1);

    long _since = time.GetTimestamp();

    /// <summary>A pass that has all the time for itself.</summary>
    public static Throttle Full => new(1, TimeProvider.System);

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (share >= 1) return;
        var rest = time.GetElapsedTime(_since) * ((1 / share) - 1);
        await Task.Delay(rest < s_longest ? rest : s_longest, time, cancellationToken);
        _since = time.GetTimestamp();
    }
}
