using Registry.Oci;

namespace Registry.Storage;

/// <summary>Begins, extends, reads and cancels upload sessions. <see cref="UploadFinisher"/> turns them into blobs.</summary>
/// <remarks>
/// A session has no row until it has bytes: its location states all that there is to know. Every change of a row is conditional on
/// the ETag that was read, or on there being none. Of two racing requests on one session one succeeds, and the other fails as out of
/// order; the blocks that it staged are in no block list.
/// </remarks>
public sealed class UploadStore(StorageAccount account, UploadMemory memory, TimeProvider time) : IDisposable
{
    /// <summary>For what a client that has disconnected had sent before.</summary>
    static readonly TimeSpan s_timeToKeep = TimeSpan.FromSeconds(30);

    /// <summary>
    /// Rows that are read or written at a time, since they may contain bytes: up to 128 KiB each, and several times that in the SDK.
    /// </summary>
    readonly SemaphoreSlim _rows = new(16);

    TimeSpan Lifetime => account.Options.GracePeriod / 2;

    public void Dispose() => _rows.Dispose();

    /// <summary>Begins a session, without a transaction.</summary>
    public SessionReference Begin(RepositoryName name, DigestAlgorithm algorithm) =>
        new(name, Guid.NewGuid(), algorithm, 0, IsStored: false, time.GetUtcNow());

    /// <summary>Reads the state of a session: one transaction.</summary>
    public async Task<UploadResult> GetStatusAsync(SessionReference reference, CancellationToken cancellationToken) =>
        await FindAsync(reference, cancellationToken) is { HasEnded: false } session
            ? new(After(reference, session))
            : UploadResult.Failed(UploadFailure.Unknown);

    /// <summary>
    /// Appends the body to the session: one transaction for the first bytes and two later, and one for each block of 4 MiB. If the
    /// body cannot be read to its end, what has arrived is appended.
    /// </summary>
    /// <param name="reference">The session.</param>
    /// <param name="body">The next chunk.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<UploadResult> AppendAsync(SessionReference reference, UploadBody body, CancellationToken cancellationToken)
    {
        if (await OpenAsync(reference, body, cancellationToken) is not { HasEnded: false } session)
            return UploadResult.Failed(UploadFailure.Unknown);
        if (session.Offset != body.OffsetAt(reference)) return UploadResult.OutOfOrder(After(reference, session));

        using var storing = new CancellationTokenSource();
        using var disconnected = cancellationToken.UnsafeRegister(_ => storing.CancelAfter(s_timeToKeep), null);
        using var deadline = account.LinkDeadline(storing.Token);
        using var digest = session.ContinueDigest();
        await using var stager = new BlockStager(account.StagingObject(session.Id), digest, session.Blocks, memory, storing.Token)
        {
            Deadline = deadline,
        };
        await stager.AddAsync(session.Rest);
        // The writer and this request remember the session without bytes: those are counted as memory of the stager from now on.
        using var writer = new SessionWriter(
            this, reference, session, stager, digest, deadline, account.Options.GracePeriod / 16, storing.Token);
        session = session with { Rest = [] };
        writer.Schedule();
        var failure = await stager.ReceiveAsync(body, writer, cancellationToken);
        // A body that was received to its end.
        var isWhole = failure is null && !writer.HasLost && !writer.HasTooManyBlocks;
        if (isWhole && body.Range is { } stated && stated.First + stated.Length != writer.Offset)
            return UploadResult.Failed(UploadFailure.ContentLengthMismatch);
        // A single byte is not worth it: its Range, 0-0, reads like that of none.
        var saved = !writer.HasLost && (failure is null || writer.Offset > Math.Max(session.Offset, 1)) && await writer.SaveAsync();
        failure?.Throw();
        if (writer.HasTooManyBlocks) return UploadResult.Failed(UploadFailure.TooManyChunks);
        if (saved) return new(After(reference, writer.Session));
        // Another request won the race.
        return await GetStatusAsync(reference with { IsStored = true }, cancellationToken) is { Session: { } current }
            ? UploadResult.OutOfOrder(current)
            : UploadResult.Failed(UploadFailure.Unknown);
    }

    /// <summary>
    /// Cancels a session: two transactions. Its row stays for a while, so that a session that had none is not begun again. Its staged
    /// blocks were never visible; a collector discards them.
    /// </summary>
    /// <returns>Whether the session existed.</returns>
    [ProtocolStep(ProtocolStep.CancelSession)]
    public async Task<bool> CancelAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        var repository = account.Repository(reference.Name);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await FindAsync(reference, cancellationToken) is not { HasEnded: false } session) return attempt > 0;
            if (await repository.SubmitAsync([session.End(done: null).ToWrite(repository)], cancellationToken) is null) return true;
        }
    }

    /// <summary>Finds a session, open or ended: one transaction.</summary>
    internal async Task<UploadSession?> FindAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        await _rows.WaitAsync(cancellationToken);
        try
        {
            var (session, hasRow) = await UploadSession.ReadAsync(
                account.Repository(reference.Name), reference.Id, Lifetime, cancellationToken);
            return hasRow || reference.IsStored || time.GetUtcNow() - reference.Begun > Lifetime ? session : UploadSession.Begin(reference);
        }
        finally
        {
            _rows.Release();
        }
    }

    /// <summary>
    /// Finds the session of a request with a body: without a transaction if it should have no row yet. If it has one, the write of the
    /// row fails.
    /// </summary>
    internal async Task<UploadSession?> OpenAsync(SessionReference reference, UploadBody body, CancellationToken cancellationToken) =>
        reference.IsStored || body.OffsetAt(reference) != 0 || time.GetUtcNow() - reference.Begun > Lifetime
            ? await FindAsync(reference, cancellationToken)
            : UploadSession.Begin(reference);

    /// <summary>
    /// Whether a session may no longer get its first row. A request writes it within an eighth of the grace period from now, and so before
    /// a collector deletes the row of a request that ended the session.
    /// </summary>
    internal bool IsTooLateToBegin(SessionReference reference) => time.GetUtcNow() - reference.Begun > account.Options.GracePeriod * 0.75;

    /// <summary>Writes a session if its row is as it was read: one transaction, two when its answer was lost.</summary>
    /// <returns>The session as it was written; null when another request has changed it.</returns>
    [ProtocolStep(ProtocolStep.ExtendSession)]
    internal async Task<UploadSession?> WriteAsync(SessionReference reference, UploadSession session, CancellationToken cancellationToken)
    {
        var repository = account.Repository(reference.Name);
        await _rows.WaitAsync(cancellationToken);
        try
        {
            var written = await repository.WriteAsync(session.ToWrite(repository), cancellationToken);
            if (written is { } etag) return session with { ETag = etag };
        }
        finally
        {
            _rows.Release();
        }
        var current = await FindAsync(reference with { IsStored = true }, cancellationToken);
        return current?.Attempt == session.Attempt ? current : null;
    }

    /// <summary>Where the next request of a session continues.</summary>
    internal static SessionReference After(SessionReference reference, UploadSession session) =>
        reference with { Offset = session.Offset, IsStored = session.IsStored };
}
