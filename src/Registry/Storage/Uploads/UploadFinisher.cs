using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Logging;
using Registry.Hashing;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Makes a blob of what was uploaded: verified, committed, owned, and only then linked, so that nothing wrong is ever visible.</summary>
public sealed partial class UploadFinisher(StorageAccount account, BlobStore blobs, UploadStore uploads, BlockBuffers buffers, ILogger<UploadFinisher> logger)
{
    /// <summary>Azure's front end waits 230 seconds for an answer; a client told to come back waits for as long as it likes.</summary>
    static readonly TimeSpan s_longestCopy = TimeSpan.FromSeconds(180);

    /// <summary>A whole blob in one request, without a session: three transactions when it fits one block and its content is new.</summary>
    public async Task<UploadResult> StoreAsync(RepositoryName name, Digest digest, UploadBody body, CancellationToken cancellationToken)
    {
        using var deadline = account.LinkDeadline(cancellationToken);
        var staged = await StageWholeAsync(digest, body, deadline, cancellationToken);
        if (staged.Object is null) return new(0, staged.Fault, staged.Actual);
        await blobs.LinkAsync(name, digest, staged.Object, staged.Size, with: null, deadline);
        return new(staged.Size);
    }

    /// <summary>Ends a session with its last bytes, if any, and its digest: four transactions for a small blob that comes in this one request.</summary>
    /// <param name="reference">The session.</param>
    /// <param name="digest">What the client says the whole content has.</param>
    /// <param name="body">The last bytes, or all.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<UploadResult> FinishAsync(
        SessionReference reference, Digest digest, UploadBody body, CancellationToken cancellationToken)
    {
        var (name, id) = (reference.Name, reference.Id);
        var repository = account.Repository(name);
        if (await uploads.FindAsync(reference, cancellationToken) is not { } session) return new(0, UploadFailure.Unknown);
        if (session.Done is not null)
        {
            // Asked again. As with the first answer, the client takes it that the blob is there and stays for a while.
            var there = session.Done == digest && await blobs.FindAsync(name, digest, keep: true, cancellationToken) is not null;
            return there ? new(session.Offset) : new(0, UploadFailure.Unknown);
        }
        if (body.Range is { } range && range.First != session.Offset) return new(session.Offset, UploadFailure.OutOfOrder);

        using var deadline = account.LinkDeadline(cancellationToken);
        var prepared = session.IsFresh
            ? await StageWholeAsync(digest, body, deadline, cancellationToken)
            : await CloseAsync(name, session, digest, body, deadline, cancellationToken);
        if (prepared.Fault == UploadFailure.OutOfOrder) return await LostAsync(reference, digest, cancellationToken);
        if (prepared.Object is null) return new(session.Offset, prepared.Fault, prepared.Actual);

        var done = session with { Offset = prepared.Size, Blocks = StagedBlocks.None, DigestState = [], Attempt = Layout.NewId(), Done = digest };
        var link = await blobs.LinkAsync(
            name, digest, prepared.Object, prepared.Size, Partition.Replace(done.ToRow(repository), session.ETag), deadline);
        if (link is null) return await LostAsync(reference, digest, cancellationToken);
        if (!session.IsFresh) await DiscardAsync(id, cancellationToken);
        return new(prepared.Size);
    }

    /// <summary>Another request ended the session, or added to it; or this one did, and the answer got lost.</summary>
    async Task<UploadResult> LostAsync(SessionReference reference, Digest digest, CancellationToken cancellationToken)
    {
        if (await uploads.FindAsync(reference with { Token = null }, cancellationToken) is not { } now) return new(0, UploadFailure.Unknown);
        if (now.Done == digest) return new(now.Offset);
        return new(now.Offset, now.Done is null ? UploadFailure.OutOfOrder : UploadFailure.Unknown);
    }

    readonly record struct Prepared(string? Object, long Size, UploadFailure? Fault = null, Digest? Actual = null);

    /// <summary>The whole content comes with its digest: it is written under its final name, which is this request's alone.</summary>
    async Task<Prepared> StageWholeAsync(Digest digest, UploadBody body, CommitDeadline deadline, CancellationToken cancellationToken)
    {
        var id = Layout.NewId();
        var blob = account.BlobObjects.GetBlockBlobClient(Layout.BlobObject(digest, id));
        using var running = RunningDigest.Create(digest.Algorithm);
        using var staged = await new BlockStager(blob, running, StagedBlocks.None, buffers).StageAsync(body, keepSmall: true, cancellationToken);
        if (body.Range is { } stated && stated.Length != staged.Length) return new(null, 0, UploadFailure.ContentLengthMismatch);
        if (staged.Blocks.Count > StagedBlocks.Max) return new(null, 0, UploadFailure.TooManyChunks);
        var actual = running.Finish();
        if (actual != digest) return new(null, 0, UploadFailure.DigestMismatch, actual);
        deadline.Begin();
        if (staged.Whole is { } content) await ObjectWriter.PutAsync(blob, content, digest, deadline.Token);
        // The body took so long that a collector has thrown its blocks away.
        else if ((await ObjectWriter.CommitAsync(blob, staged.Blocks.Ids(), digest, deadline.Token))?.Digest != digest) return new(null, 0, UploadFailure.Unknown);
        return new(id, staged.Length);
    }

    /// <summary>The content came in chunks: it is committed where they were staged and copied to its name by the storage.</summary>
    async Task<Prepared> CloseAsync(
        RepositoryName name, UploadSession session, Digest digest, UploadBody body, CommitDeadline deadline, CancellationToken cancellationToken)
    {
        var staging = account.StagingObject(session.Id);
        using var running = session.ContinueDigest();
        using var staged = await new BlockStager(staging, running, session.Blocks, buffers).StageAsync(body, keepSmall: false, cancellationToken);
        if (body.Range is { } stated && stated.Length != staged.Length) return new(null, 0, UploadFailure.ContentLengthMismatch);
        if (staged.Blocks.Count > StagedBlocks.Max) return new(null, 0, UploadFailure.TooManyChunks);
        var size = session.Offset + staged.Length;
        var actual = running.Finish();
        if (actual.Algorithm == digest.Algorithm && actual != digest) return new(null, 0, UploadFailure.DigestMismatch, actual);

        deadline.Begin();
        // Two requests that end one session with different last bytes: the first to commit decides what it is.
        if (await ObjectWriter.CommitAsync(staging, staged.Blocks.Ids(), actual, deadline.Token) is not { } committed || committed.Digest != actual) return new(null, 0, UploadFailure.OutOfOrder);
        // The session had ended before it died, and a collector may be about to take this, and its copy, whose name is the session's.
        if (committed.Age > account.Options.GracePeriod / 2) return new(null, 0, UploadFailure.Unknown);
        try
        {
            if (actual.Algorithm != digest.Algorithm && await RehashAsync(staging, digest, deadline.Token) is var other && other != digest)
            {
                // It is committed, so nothing can be added to it any more: the session ends.
                await uploads.CancelAsync(new(name, session.Id), cancellationToken);
                await DiscardAsync(session.Id, cancellationToken);
                return new(null, 0, UploadFailure.DigestMismatch, other);
            }
            var id = await CopyAsync(staging, digest, session.Id, cancellationToken, deadline.Token);
            return id is null ? new(null, 0, UploadFailure.StillCopying) : new(id, size);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            // Another request has finished the session meanwhile and thrown away what was staged.
            return new(null, 0, UploadFailure.OutOfOrder);
        }
    }

    /// <summary>The digest's algorithm was not announced when the upload began: the one case in which bytes are read back.</summary>
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
    /// Has the storage copy a session's content to its name by digest. The copy is named by the session, so that a request
    /// that is repeated while it is pending waits for the same one; only after a failed copy another name is taken.
    /// </summary>
    /// <returns>The last part of the object's name; null when it takes too long to wait for.</returns>
    async Task<string?> CopyAsync(BlockBlobClient staging, Digest digest, Guid session, CancellationToken cancellationToken, CancellationToken deadline)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(deadline);
        patience.CancelAfter(s_longestCopy);
        var id = session.ToString("N");
        try
        {
            for (var attempt = 0; ; attempt++, id = Layout.NewId())
            {
                await Contention.BeforeAsync(attempt, patience.Token);
                if (await CopyToAsync(account.BlobObjects.GetBlockBlobClient(Layout.BlobObject(digest, id)), staging, digest, patience.Token)) return id;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    /// <summary>Starts a copy, or finds the one that was started before, and waits for its end.</summary>
    /// <returns>Whether it succeeded; else the name is used up.</returns>
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
            // Begun before, by this session.
        }
        for (var pause = 50; ; pause = Math.Min(pause * 2, 2000))
        {
            var properties = await target.GetPropertiesAsync(cancellationToken: cancellationToken);
            if (properties.Value.BlobCopyStatus != CopyStatus.Pending) return properties.Value.BlobCopyStatus == CopyStatus.Success;
            await Task.Delay(pause, cancellationToken);
        }
    }

    /// <summary>The blob is linked; what it was copied from is of no use any more. If this fails, the collector finds it.</summary>
    [ProtocolStep(ProtocolStep.DiscardStaged)]
    async Task DiscardAsync(Guid id, CancellationToken cancellationToken)
    {
        try
        {
            await account.StagingObject(id).DeleteIfExistsAsync(cancellationToken: cancellationToken);
        }
        catch (RequestFailedException e)
        {
            Log.StagingLeft(logger, id, e);
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "Upload {Session} is finished, but its staged copy could not be deleted; the collector will.")]
        public static partial void StagingLeft(ILogger logger, Guid session, Exception exception);
    }
}
