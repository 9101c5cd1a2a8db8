using System.Buffers;
using Registry.Hashing;

namespace Registry.Storage;

/// <summary>
/// Acknowledges what a request has received, at its end and from time to time: a session must not expire, nor what it staged be
/// collected, while a long body is on its way.
/// </summary>
sealed class SessionWriter(
    UploadStore uploads,
    SessionReference reference,
    UploadSession session,
    BlockStager stager,
    RunningDigest digest,
    CommitDeadline deadline,
    TimeSpan interval,
    CancellationToken cancellationToken) : IDisposable
{
    readonly CancellationTokenSource _ended = new();

    readonly long _offset = session.Offset - session.Rest.Length;

    /// <summary>The session as it was last written, without the rest.</summary>
    public UploadSession Session { get; private set; } = session with { Rest = [] };

    /// <summary>Number of bytes received since the session began.</summary>
    public long Offset => _offset + stager.Received;

    /// <summary>Whether another request has changed the session: nothing further can be acknowledged.</summary>
    public bool HasLost { get; private set; }

    public bool HasTooManyBlocks => stager.Blocks.Count > StagedBlocks.Max;

    /// <summary>Completes when a checkpoint is due.</summary>
    public Task Due { get; private set; } = Task.CompletedTask;

    /// <summary>Writes the session with all that was received.</summary>
    /// <returns>Whether it was written; else another request has changed it, or it has too many blocks.</returns>
    public async Task<bool> SaveAsync()
    {
        Schedule();
        await stager.FlushAsync(keep: stager.Blocks.Count == 0 ? UploadSession.MaxRest : UploadSession.MaxRestAfterBlocks);
        if (HasTooManyBlocks) return false;
        var blocks = stager.Blocks;
        var next = Session with
        {
            Offset = Offset,
            Blocks = blocks,
            DigestState = blocks.Count > 0 ? digest.Export() : [],
            Rest = stager.Rest.Content.ToArray(),
            Attempt = Layout.NewId(),
        };
        // Until there is a row, a collector takes the staged blocks for garbage once they are older than the grace period.
        if (!Session.IsStored) deadline.ThrowIfExpired();
        var token = Session.IsStored ? cancellationToken : deadline.Token;
        if (await uploads.WriteAsync(reference, next, token) is { } written) Session = written with { Rest = [] };
        else HasLost = true;
        return !HasLost;
    }

    /// <summary>Sets the time of the next checkpoint.</summary>
    public void Schedule() => Due = Task.Delay(interval, _ended.Token);

    public void Dispose()
    {
        _ended.Cancel();
        _ended.Dispose();
    }
}
