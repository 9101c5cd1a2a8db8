using System.Diagnostics;

namespace Registry.Storage;

/// <summary>
/// A collector spares what is younger than the grace period. A request that hangs between what it commits, or finds, and the link
/// to it gives up long before that is over, so it never links what was collected.
/// </summary>
/// <param name="longest">From <see cref="Begin"/> on.</param>
/// <param name="cancellationToken">Ends the request.</param>
sealed class CommitDeadline(TimeSpan longest, CancellationToken cancellationToken) : IDisposable
{
    readonly CancellationTokenSource _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
    long _began;

    /// <summary>For all that is done from <see cref="Begin"/> on.</summary>
    public CancellationToken Token => _source.Token;

    /// <summary>The time runs from now on, if it does not yet: before the first thing that a collector might find.</summary>
    public void Begin()
    {
        if (_began != 0) return;
        _began = Stopwatch.GetTimestamp();
        _source.CancelAfter(longest);
    }

    /// <summary>Right before the last write: a process that was stopped for a while may get here before its timers.</summary>
    /// <exception cref="OperationCanceledException">It is over.</exception>
    public void ThrowIfExpired()
    {
        _source.Token.ThrowIfCancellationRequested();
        if (_began != 0 && Stopwatch.GetElapsedTime(_began) > longest) throw new OperationCanceledException("The request took too long to link what it has committed.");
    }

    public void Dispose() => _source.Dispose();
}
