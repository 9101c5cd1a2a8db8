using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using Registry.Hashing;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Turns uploads into blobs. Content is verified, committed and owned before it is linked, so invalid content is never visible.
/// </summary>
public sealed partial class UploadFinisher(
    StorageAccount account, BlobStore blobs, UploadStore uploads, UploadMemory memory, ILogger<UploadFinisher> logger)
{
    /// <summary>Maximum wait for a copy; then the client is asked to retry. Azure's front end gives up on a response after 230 s.</summary>
    static readonly TimeSpan s_copyTimeout = TimeSpan.FromSeconds(180);

    /// <summary>
    /// Stores a whole blob in one request, without a session: three transactions when it fits one block and its content is new.
    /// </summary>
    public async Task<UploadResult> StoreAsync(RepositoryName name, Digest digest, UploadBody body, CancellationToken cancellationToken)
    {
        using var deadline = account.LinkDeadline(cancellationToken);
        var staged = await StageWholeAsync(digest, [], body, deadline, cancellationToken);
        if (staged.Object is null) return new(null, staged.Fault, staged.Actual);
        await blobs.LinkAsync(name, digest, staged.Object, staged.Size, with: null, deadline);
        return new(null);
    }

    /// <summary>
    /// Finishes a session with its last bytes, if any, and its digest: three transactions for a small blob that comes in this request
    /// alone, four for one that came before. Unlike a chunk, a body that cannot be read to its end is not kept: clients repeat this
    /// request as it is.
    /// </summary>
    /// <param name="reference">The session.</param>
    /// <param name="digest">Digest of the whole content, as the client states it.</param>
    /// <param name="body">The last bytes, or the whole content.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<UploadResult> FinishAsync(
        SessionReference reference, Digest digest, UploadBody body, CancellationToken cancellationToken)
    {
        var name = reference.Name;
        if (await uploads.OpenAsync(reference, body, cancellationToken) is not { } session)
            return UploadResult.Failed(UploadFailure.Unknown);
        if (session.HasEnded) return await RepeatAsync(name, session, digest, cancellationToken);
        if (session.Offset != body.OffsetAt(reference)) return UploadResult.OutOfOrder(UploadStore.After(reference, session));

        using var deadline = account.LinkDeadline(cancellationToken);
        var prepared = session.Blocks.Count == 0
            ? await StageWholeAsync(digest, session.Rest, body, deadline, cancellationToken)
            : await CloseAsync(reference, session, digest, body, deadline, cancellationToken);
        if (prepared.Fault == UploadFailure.OutOfOrder) return await ResolveConflictAsync(reference, session, digest, cancellationToken);
        if (prepared.Object is null) return new(UploadStore.After(reference, session), prepared.Fault, prepared.Actual);
        // A body may take any time, and a collector may have deleted the row with which another request ended the session.
        if (!session.IsStored && uploads.IsTooLateToBegin(reference)) return UploadResult.Failed(UploadFailure.Unknown);

        var done = session.End(digest) with { Offset = prepared.Size };
        var link = await blobs.LinkAsync(
            name, digest, prepared.Object, prepared.Size, done.ToWrite(account.Repository(name)), deadline);
        if (link is null) return await ResolveConflictAsync(reference, session, digest, cancellationToken);
        if (session.Blocks.Count > 0) await DiscardAsync(session.Id, cancellationToken);
        return new(null);
    }

    /// <summary>Another request finished or extended the session; or this one finished it, and its answer was lost.</summary>
    async Task<UploadResult> ResolveConflictAsync(
        SessionReference reference, UploadSession read, Digest digest, CancellationToken cancellationToken)
    {
        var current = await uploads.FindAsync(reference with { IsStored = true }, cancellationToken);
        if (current is null) return UploadResult.Failed(UploadFailure.Unknown);
        if (current.HasEnded) return await RepeatAsync(reference.Name, current, digest, cancellationToken);
        // A session that is as it was read has other content committed: it will never become this blob, wherever the client goes on.
        return current.ETag == read.ETag
            ? UploadResult.Failed(UploadFailure.Unknown)
            : UploadResult.OutOfOrder(UploadStore.After(reference, current));
    }

    /// <summary>A repeated request. As after the first answer, the client relies on the blob, which must stay for a while.</summary>
    async Task<UploadResult> RepeatAsync(RepositoryName name, UploadSession ended, Digest digest, CancellationToken cancellationToken)
    {
        var exists = ended.Done == digest && await blobs.FindAsync(name, digest, keep: true, cancellationToken) is not null;
        return exists ? new(null) : UploadResult.Failed(UploadFailure.Unknown);
    }

    readonly record struct Prepared(string? Object, long Size, UploadFailure? Fault = null, Digest? Actual = null);

    /// <summary>
    /// The digest of the whole content is known before any of it is staged: it is written under its final name, which is unique to this
    /// request.
    /// </summary>
    async Task<Prepared> StageWholeAsync(
        Digest digest, byte[] before, UploadBody body, CommitDeadline deadline, CancellationToken cancellationToken)
    {
        var id = Layout.NewId();
        var blob = account.BlobObjects.GetBlockBlobClient(Layout.BlobObject(digest, id));
        using var running = RunningDigest.Create(digest.Algorithm);
        await using var stager = new BlockStager(blob, running, StagedBlocks.None, memory, cancellationToken);
        if (await ReceiveAsync(stager, before, body, keepWhole: true, cancellationToken) is { } fault) return new(null, 0, fault);
        var rest = stager.Rest;
        foreach (var part in rest.Content) running.Append(part.Span);
        var actual = running.Finish();
        if (actual != digest) return new(null, 0, UploadFailure.DigestMismatch, actual);
        deadline.Begin();
        if (stager.Blocks.Count == 0)
        {
            memory.Seal(rest);
            await ObjectWriter.PutAsync(blob, rest.AsStream(), digest, deadline.Token);
            return new(id, stager.Received);
        }
        var committed = await ObjectWriter.CommitAsync(blob, stager.Blocks.Ids(), digest, deadline.Token);
        // Not committed: the body took so long that a collector has discarded its blocks.
        if (committed?.Digest != digest) return new(null, 0, UploadFailure.Unknown);
        return new(id, stager.Received);
    }

    /// <summary>Receives the last bytes of an upload after those that are in memory.</summary>
    /// <returns>Why they cannot be the last; null otherwise.</returns>
    static async Task<UploadFailure?> ReceiveAsync(
        BlockStager stager, byte[] before, UploadBody body, bool keepWhole, CancellationToken cancellationToken)
    {
        await stager.AddAsync(before);
        var failure = await stager.ReceiveAsync(body, checkpoint: null, cancellationToken);
        failure?.Throw();
        if (body.Range is { } stated && before.Length + stated.Length != stager.Received) return UploadFailure.ContentLengthMismatch;
        await stager.FlushAsync(keep: keepWhole && stager.Blocks.Count == 0 ? BlockStager.BlockSize : 0);
        return stager.Blocks.Count > StagedBlocks.Max ? UploadFailure.TooManyChunks : null;
    }

    /// <summary>The content came in chunks: it is committed where they were staged, and the storage copies it to its final name.</summary>
    async Task<Prepared> CloseAsync(
        SessionReference reference,
        UploadSession session,
        Digest digest,
        UploadBody body,
        CommitDeadline deadline,
        CancellationToken cancellationToken)
    {
        var staging = account.StagingObject(session.Id);
        using var running = session.ContinueDigest();
        await using var stager = new BlockStager(staging, running, session.Blocks, memory, cancellationToken);
        if (await ReceiveAsync(stager, session.Rest, body, keepWhole: false, cancellationToken) is { } fault) return new(null, 0, fault);
        var size = session.Offset - session.Rest.Length + stager.Received;
        var actual = running.Finish();
        if (actual.Algorithm == digest.Algorithm && actual != digest) return new(null, 0, UploadFailure.DigestMismatch, actual);

        deadline.Begin();
        // Of two requests that finish one session with different last bytes, the first to commit decides the content.
        if (await ObjectWriter.CommitAsync(staging, stager.Blocks.Ids(), actual, deadline.Token) is not { } committed
            || committed.Digest != actual)
        {
            return new(null, 0, UploadFailure.OutOfOrder);
        }
        // An earlier request committed it long ago: a collector may be about to delete it, and its copy, which has the session's name.
        if (committed.Age > account.Options.GracePeriod / 2) return new(null, 0, UploadFailure.Unknown);
        try
        {
            if (actual.Algorithm != digest.Algorithm
                && await RehashAsync(staging, digest, deadline.Token) is var other && other != digest)
            {
                // The object is committed, so no chunk can follow: the session ends.
                await uploads.CancelAsync(reference, cancellationToken);
                await DiscardAsync(session.Id, cancellationToken);
                return new(null, 0, UploadFailure.DigestMismatch, other);
            }
            var id = await CopyAsync(staging, digest, session.Id, cancellationToken, deadline.Token);
            return id is null ? new(null, 0, UploadFailure.StillCopying) : new(id, size);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Another request has finished the session meanwhile and deleted the staged object.
            return new(null, 0, UploadFailure.OutOfOrder);
        }
    }

    /// <summary>The digest's algorithm was not announced when the upload began: the only case in which bytes are read back.</summary>
    static async Task<Digest> RehashAsync(BlockBlobClient staging, Digest digest, CancellationToken cancellationToken)
    {
        using var running = RunningDigest.Create(digest.Algorithm);
        var answer = await staging.DownloadStreamingAsync(cancellationToken: cancellationToken);
        await using var content = answer.Value.Content;
        var buffer = new byte[80 * 1024];
        int read;
        while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0) running.Append(buffer.AsSpan(0, read));
        return running.Finish();
    }

    /// <summary>
    /// Lets the storage copy a session's content to its name by digest. The session's id names the copy, so that a request repeated
    /// while a copy is pending waits for the same copy. Only after a failed copy another name is used.
    /// </summary>
    /// <returns>The last part of the object's name; null when the copy exceeds <see cref="s_copyTimeout"/> or the deadline.</returns>
    async Task<string?> CopyAsync(
        BlockBlobClient staging, Digest digest, Guid session, CancellationToken cancellationToken, CancellationToken deadline)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        timeout.CancelAfter(s_copyTimeout);
        var id = session.ToString("N");
        try
        {
            for (var attempt = 0; ; attempt++, id = Layout.NewId())
            {
                await Contention.BeforeAsync(attempt, timeout.Token);
                var target = account.BlobObjects.GetBlockBlobClient(Layout.BlobObject(digest, id));
                if (await CopyToAsync(target, staging, digest, timeout.Token)) return id;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Starts a copy, or finds the one that an earlier request started, and waits for its end.</summary>
    /// <returns>Whether it succeeded; otherwise the name cannot be used again.</returns>
    [ProtocolStep(ProtocolStep.CopyStaged)]
    static async Task<bool> CopyToAsync(BlockBlobClient target, BlockBlobClient staging, Digest digest, CancellationToken cancellationToken)
    {
        var options = new BlobCopyFromUriOptions
        {
            DestinationConditions = new() { IfNoneMatch = ETag.All },
            Metadata = new Dictionary<string, string> { [ObjectWriter.DigestMetadata] = digest.ToString() },
        };
        try
        {
            var copy = await target.StartCopyFromUriAsync(staging.Uri, options, cancellationToken);
            if (copy.GetRawResponse().Headers.TryGetValue("x-ms-copy-status", out var status) && status == "success") return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            // An earlier request of this session has started the copy.
        }
        for (var pause = 50; ; pause = Math.Min(pause * 2, 2000))
        {
            var properties = await target.GetPropertiesAsync(cancellationToken: cancellationToken);
            if (properties.Value.BlobCopyStatus != CopyStatus.Pending) return properties.Value.BlobCopyStatus == CopyStatus.Success;
            await Task.Delay(pause, cancellationToken);
        }
    }

    /// <summary>Deletes the staged object after the blob is linked. If this fails, the collector deletes it.</summary>
    [ProtocolStep(ProtocolStep.DiscardStaged)]
    async Task DiscardAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await account.StagingObject(id).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e)
        {
            Log.StagedObjectNotDeleted(logger, id, e);
        }
    }

    static partial class Log
    {
        [LoggerMessage(
            LogLevel.Warning,
            "Upload {Session} is finished, but its staged object could not be deleted. The garbage collector will delete it.")]
        public static partial void StagedObjectNotDeleted(ILogger logger, Guid session, Exception exception);
    }
}
