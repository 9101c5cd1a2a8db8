using System.Diagnostics;

namespace Registry.Storage;

/// <summary>
/// Time limit for the part of a request between its first write that a collector could delete and the link to it. The collector
/// keeps everything younger than the grace period. The limit is far below that (<see cref="StorageAccount.LinkDeadline"/>), so a
/// request that hangs in between fails, and never links content that was already collected.
/// </summary>
/// <param name="limit">Time allowed from <see cref="Begin"/> on.</param>
/// <param name="cancellationToken">Cancels the request.</param>
sealed class CommitDeadline(TimeSpan limit, CancellationToken cancellationToken) : IDisposable
{
    readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    long _began;

    /// <summary>Cancelled when the limit has passed or the request is cancelled; for every operation after <see cref="Begin"/>.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>Starts the clock, if it is not running: before the first write that a collector could find.</summary>
    public void Begin()
    {
        if (_began != 0) return;
        _began = Stopwatch.GetTimestamp();
        _source.CancelAfter(limit);
    }

    /// <summary>Call it right before the last write: after a suspended process resumes, its timers may fire too late.</summary>
    /// <exception cref="OperationCanceledException">The limit has passed, or the request was cancelled.</exception>
    public void ThrowIfExpired()
    {
        _source.Token.ThrowIfCancellationRequested();
        if (_began != 0 && Stopwatch.GetElapsedTime(_began) > limit)
            throw new OperationCanceledException("The request exceeded its commit deadline before it linked the content.");
    }

    public void Dispose() => _source.Dispose();
}
