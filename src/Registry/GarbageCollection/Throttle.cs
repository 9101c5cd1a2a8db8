namespace Registry.GarbageCollection;

/// <summary>
/// Limits a pass to its share of the time, so that storage and processor are free for requests: after each page of results the
/// pass pauses in proportion to the time that the page took.
/// </summary>
/// <param name="share">Share of the time, over 0 and up to 1.</param>
/// <param name="time">Clock.</param>
sealed class Throttle(double share, TimeProvider time)
{
    /// <summary>The longest pause: one slow page must not delay the pass for long.</summary>
    static readonly TimeSpan s_maxPause = TimeSpan.FromMinutes(1);

    long _pageStart = time.GetTimestamp();

    /// <summary>No limit.</summary>
    public static Throttle Full => new(1, TimeProvider.System);

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        if (share >= 1) return;
        var pause = time.GetElapsedTime(_pageStart) * ((1 / share) - 1);
        await Task.Delay(pause < s_maxPause ? pause : s_maxPause, time, cancellationToken);
        _pageStart = time.GetTimestamp();
    }
}
