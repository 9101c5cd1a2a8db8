using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Begins, extends, reads and cancels upload sessions. <see cref="UploadFinisher"/> turns them into blobs.</summary>
/// <remarks>
/// Every change of a session is conditional on the ETag that was read. Of two racing requests on one session one succeeds, and the
/// other fails as out of order; the blocks that it staged are in no block list.
/// </remarks>
public sealed class UploadStore(StorageAccount account, SessionTokens tokens, BlockBuffers buffers)
{
    TimeSpan Lifetime => account.Options.GracePeriod / 2;

    /// <summary>Begins a session: one transaction.</summary>
    [ProtocolStep(ProtocolStep.BeginSession)]
    public async Task<SessionReference> BeginAsync(RepositoryName name, DigestAlgorithm algorithm, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        var session = new UploadSession(
            Guid.NewGuid(), algorithm, SessionTokens.NewKey(), 0, StagedBlocks.None, [], Layout.NewId(), null, default);
        await repository.Table.UpsertEntityAsync(session.ToRow(repository), TableUpdateMode.Replace, cancellationToken);
        return new(name, session.Id, tokens.Create(name, session));
    }

    /// <summary>Reads the state of a session: one transaction.</summary>
    public async Task<UploadResult> GetStatusAsync(SessionReference reference, CancellationToken cancellationToken) =>
        await FindOpenAsync(reference, cancellationToken) is { } session
            ? new(session.Offset) { Token = tokens.Create(reference.Name, session) }
            : new(0, UploadFailure.Unknown);

    /// <summary>Appends the body to the session, all of it or nothing: two transactions and one for each block of 4 MiB.</summary>
    /// <param name="reference">The session.</param>
    /// <param name="body">The next chunk.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    [ProtocolStep(ProtocolStep.ExtendSession)]
    public async Task<UploadResult> AppendAsync(SessionReference reference, UploadBody body, CancellationToken cancellationToken)
    {
        var repository = account.Repository(reference.Name);
        if (await FindOpenAsync(reference, cancellationToken) is not { } session) return new(0, UploadFailure.Unknown);
        if (body.Range is { } range && range.First != session.Offset) return new(session.Offset, UploadFailure.OutOfOrder);

        using var digest = session.ContinueDigest();
        var stager = new BlockStager(account.StagingObject(session.Id), digest, session.Blocks, buffers);
        using var staged = await stager.StageAsync(body, keepSmall: false, cancellationToken);
        if (body.Range is { } stated && stated.Length != staged.Length) return new(session.Offset, UploadFailure.ContentLengthMismatch);
        if (staged.Blocks.Count > StagedBlocks.Max) return new(session.Offset, UploadFailure.TooManyChunks);

        var extended = session with
        {
            Offset = session.Offset + staged.Length,
            Blocks = staged.Blocks,
            DigestState = digest.Export(),
            Attempt = Layout.NewId(),
        };
        if (await repository.SubmitAsync([Partition.Replace(extended.ToRow(repository), session.ETag)], cancellationToken) is not null)
        {
            // Another request won the race; or this write succeeded and its answer was lost.
            var current = await FindOpenAsync(reference with { Token = null }, cancellationToken);
            if (current is null) return new(0, UploadFailure.Unknown);
            if (current.Attempt != extended.Attempt) return new(current.Offset, UploadFailure.OutOfOrder);
        }
        return new(extended.Offset) { Token = tokens.Create(reference.Name, extended) };
    }

    /// <summary>Cancels a session: two transactions. Its staged blocks were never visible; a collector discards them.</summary>
    /// <returns>Whether the session existed.</returns>
    [ProtocolStep(ProtocolStep.DeleteSession)]
    public async Task<bool> CancelAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        var repository = account.Repository(reference.Name);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await FindOpenAsync(reference, cancellationToken) is not { } session) return attempt > 0;
            var delete = repository.Delete(Layout.Upload(session.Id), session.ETag);
            if (await repository.SubmitAsync([delete], cancellationToken) is null) return true;
        }
    }

    /// <summary>Finds a session, open or finished: one transaction. Null also when the reference has an invalid token.</summary>
    internal async Task<UploadSession?> FindAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        var session = await UploadSession.ReadAsync(account.Repository(reference.Name), reference.Id, Lifetime, cancellationToken);
        return session is null || reference.Token is null || tokens.Accepts(reference.Name, session, reference.Token) ? session : null;
    }

    async Task<UploadSession?> FindOpenAsync(SessionReference reference, CancellationToken cancellationToken) =>
        await FindAsync(reference, cancellationToken) is { Done: null } session ? session : null;
}
