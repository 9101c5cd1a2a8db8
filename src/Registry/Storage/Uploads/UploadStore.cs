using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Why an upload did not go on.</summary>
public enum UploadFailure
{
    /// <summary>No such session in this repository, or it has ended, or the token is not one of its own or has expired.</summary>
    Unknown,

    /// <summary>The chunk does not begin where the last one ended, or another request has added to the session meanwhile.</summary>
    OutOfOrder,

    /// <summary>The body is not as long as its Content-Range says.</summary>
    ContentLengthMismatch,

    /// <summary>The content has another digest.</summary>
    DigestMismatch,

    /// <summary>More blocks than an object can have.</summary>
    TooManyChunks,

    /// <summary>The storage is still copying; the same request later will find it done.</summary>
    StillCopying,
}

/// <summary>Where a session stands after a request, or why it does not go on.</summary>
/// <param name="Offset">Bytes received and acknowledged.</param>
/// <param name="Failure">Null when the request was done.</param>
/// <param name="Actual">The digest that the content has, when it is not the one that was named.</param>
public readonly record struct UploadResult(long Offset, UploadFailure? Failure = null, Digest? Actual = null)
{
    /// <summary>Opens the session for what comes next; null when nothing does.</summary>
    public string? Token { get; init; }
}

/// <summary>Upload sessions: begun, added to in order, asked, cancelled. <see cref="UploadFinisher"/> makes blobs of them.</summary>
/// <remarks>
/// Every change of a session is conditional on the ETag that was read, so of two requests that race on one session one is
/// done and the other finds itself out of order; the blocks that it staged are in no block list.
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

    /// <summary>Where a session stands: one transaction.</summary>
    public async Task<UploadResult> GetStatusAsync(SessionReference reference, CancellationToken cancellationToken) =>
        await FindOpenAsync(reference, cancellationToken) is { } session
            ? new(session.Offset) { Token = tokens.Create(reference.Name, session) }
            : new(0, UploadFailure.Unknown);

    /// <summary>Adds the body to the session, all of it or nothing: two transactions and one for each block of 4 MiB.</summary>
    /// <param name="reference">The session.</param>
    /// <param name="body">What comes next.</param>
    /// <param name="cancellationToken">Ends the request.</param>
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

        var grown = session with
        {
            Offset = session.Offset + staged.Length,
            Blocks = staged.Blocks,
            DigestState = digest.Export(),
            Attempt = Layout.NewId(),
        };
        if (await repository.SubmitAsync([Partition.Replace(grown.ToRow(repository), session.ETag)], cancellationToken) is not null)
        {
            // Somebody else was faster; or it was done, and the answer got lost.
            if (await FindOpenAsync(reference with { Token = null }, cancellationToken) is not { } now) return new(0, UploadFailure.Unknown);
            if (now.Attempt != grown.Attempt) return new(now.Offset, UploadFailure.OutOfOrder);
        }
        return new(grown.Offset) { Token = tokens.Create(reference.Name, grown) };
    }

    /// <summary>Ends a session: two transactions. What it staged was never visible and vanishes by itself.</summary>
    /// <returns>Whether there was one.</returns>
    [ProtocolStep(ProtocolStep.DeleteSession)]
    public async Task<bool> CancelAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        var repository = account.Repository(reference.Name);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await FindOpenAsync(reference, cancellationToken) is not { } session) return attempt > 0;
            if (await repository.SubmitAsync([repository.Delete(Layout.Upload(session.Id), session.ETag)], cancellationToken) is null) return true;
        }
    }

    /// <summary>The session, open or finished: one transaction. Null for who names it with a token that is not one of its own.</summary>
    internal async Task<UploadSession?> FindAsync(SessionReference reference, CancellationToken cancellationToken)
    {
        var session = await UploadSession.ReadAsync(account.Repository(reference.Name), reference.Id, Lifetime, cancellationToken);
        return session is null || reference.Token is null || tokens.Accepts(reference.Name, session, reference.Token) ? session : null;
    }

    async Task<UploadSession?> FindOpenAsync(SessionReference reference, CancellationToken cancellationToken) =>
        await FindAsync(reference, cancellationToken) is { Done: null } session ? session : null;
}
