using Azure;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// Copies single blobs, manifests and tags of a repository as they are in the source now, with everything that they reference and
/// the target lacks.
/// </summary>
sealed class ItemCopy(StorageAccount source, CopyTarget target, RepositoryName name, CopyReport report, Action<CopyProblem> onProblem)
{
    /// <summary>Maximum depth of nested indexes.</summary>
    const int MaxDepth = 8;

    const string DeletedBy = "backup";

    readonly Partition _from = source.Repository(name);
    readonly Partition _to = target.Account.Repository(name);

    public async Task<Copied> CopyBlobAsync(Digest digest, CancellationToken cancellationToken)
    {
        string? tried = null;
        while (true)
        {
            if (await _from.ReadAsync(Layout.Link(digest), [Columns.Object, Columns.Size], cancellationToken) is not { } link)
                return Copied.Missing;
            if (await target.Blobs.MountAsync(from: null, _ => true, name, digest, cancellationToken))
            {
                report.AddLinked();
                return Copied.Yes;
            }
            var (id, size) = (link.GetString(Columns.Object), link.GetSize());
            // If the blob was collected and pushed again, the link names another object by now. If not, the bytes are missing.
            if (id == tried) return Fail(digest.ToString(), "the source no longer has its bytes; run check on the source");
            tried = id;
            try
            {
                var blob = source.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id));
                var answer = await blob.DownloadStreamingAsync(cancellationToken: cancellationToken);
                await using var content = answer.Value.Content;
                var result = await target.Uploads.StoreAsync(name, digest, new UploadBody(content, size, null), cancellationToken);
                if (result.Failure == UploadFailure.DigestMismatch)
                {
                    return Fail(
                        digest.ToString(), $"the source has other bytes, with digest {result.Actual}; run check --digests on the source");
                }
                if (result.Failure is not null) continue;
                report.AddBlob(size);
                return Copied.Yes;
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                // The link is read again.
            }
        }
    }

    public Task<Copied> CopyManifestAsync(Digest digest, CancellationToken cancellationToken) =>
        CopyManifestAsync(digest, MaxDepth, cancellationToken);

    async Task<Copied> CopyManifestAsync(Digest digest, int depth, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row) return Copied.Missing;
        if (depth == 0) return Fail(digest.ToString(), "indexes are nested too deeply");
        // What was pushed after the manifest is copied, too.
        var pinned = await ReferenceResolver.PinPresentAsync(_from, PackedReferences.Read(row), cancellationToken);
        if (row.GetString(Columns.Object) is null && digest.Algorithm.Of(row.GetBytes(Columns.Body)) != digest)
            return Fail(digest.ToString(), "the source has other bytes; run check on the source");

        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await CompleteAsync(row, digest, cancellationToken) is not { } complete)
                return Fail(digest.ToString(), "its bytes could not be copied");
            List<TableTransactionAction> rows = [Partition.Put(complete)];
            var referrer = row.GetString(Columns.Subject) is { } subject ? Layout.Referrer(Digest.Parse(subject), digest) : null;
            if (referrer is not null && await _from.ReadAsync(referrer, columns: null, cancellationToken) is { } described)
                rows.Add(Partition.Put(ForTarget(described)));

            var result = await PinnedWrite.RunAsync(_to, digest, pinned, rows, cancellationToken);
            if (result.Status == PinnedStatus.Committed)
            {
                report.AddManifest();
                return Copied.Yes;
            }
            if (result.Missing is not { } missing) continue;
            var copied = missing.IsManifest
                ? await CopyManifestAsync(missing.Digest, depth - 1, cancellationToken)
                : await CopyBlobAsync(missing.Digest, cancellationToken);
            // A missing child of an index may have been deleted, so the index is copied without it.
            if (copied == Copied.Missing && missing.IsManifest) pinned.Remove(missing);
            else if (copied == Copied.Missing && await _from.ReadAsync(row.RowKey, ["RowKey"], cancellationToken) is null)
                return Copied.Missing;
            else if (copied != Copied.Yes) return Fail(digest.ToString(), $"it references {missing.Digest}, which could not be copied");
            attempt = -1;
        }
    }

    /// <summary>The row for the target. If the bytes are stored in an object, it names the target's object.</summary>
    /// <returns>Null when the bytes could not be copied.</returns>
    async Task<TableEntity?> CompleteAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        var copy = ForTarget(row);
        if (row.GetString(Columns.Object) is null) return copy;
        if (await _to.ReadAsync(Layout.Link(digest), [Columns.Object], cancellationToken) is not { } link)
        {
            if (await CopyBlobAsync(digest, cancellationToken) != Copied.Yes) return null;
            link = await _to.ReadAsync(Layout.Link(digest), [Columns.Object], cancellationToken);
        }
        copy[Columns.Object] = link?.GetString(Columns.Object);
        return link is null ? null : copy;
    }

    public async Task CopyTagAsync(string text, CancellationToken cancellationToken)
    {
        if (!Tag.TryParse(text, out var tag)) return;
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await _from.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is not { } row) return;
            var digest = row.GetDigest(Columns.Digest);
            var existing = await _to.ReadAsync(Layout.Tag(tag), [Columns.Digest], cancellationToken);
            List<TableTransactionAction> actions =
            [
                Partition.Touch(_to.Row(Layout.Manifest(digest))),
                .. TagRows.Point(_to, tag, ForTarget(row), existing),
            ];
            if (await _to.SubmitAsync(actions, cancellationToken) is not { } conflict)
            {
                report.AddTag();
                return;
            }
            if (conflict is not { RowMissing: true, Index: 0 }) continue;
            // The manifest was pushed after the scan of manifests, or could not be copied.
            var copied = await CopyManifestAsync(digest, cancellationToken);
            if (copied == Copied.Failed)
            {
                Fail(text, $"its manifest {digest} could not be copied");
                return;
            }
            // The manifest was deleted, and the tag with it or moved: try again.
            if (copied == Copied.Missing && attempt > 3)
            {
                Fail(text, $"its manifest {digest} does not exist; run check on the source");
                return;
            }
        }
    }

    public async Task CopyDeletedAsync(string key, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.DeletedPrefix + key, columns: null, cancellationToken) is not { } row) return;
        // A deleted manifest is copied even if blobs that it references are missing, and skipped if its own bytes are.
        var copy = row.ContainsKey(Columns.Object) && Digest.TryParse(key, out var digest)
            ? await CompleteAsync(row, digest, cancellationToken)
            : ForTarget(row);
        if (copy is not null) await _to.SubmitUnconditionalAsync([Partition.Put(copy)], cancellationToken);
    }

    public async Task CopyUseAsync(string key, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.UsePrefix + key, columns: null, cancellationToken) is { } row)
            await _to.SubmitUnconditionalAsync([Partition.Put(ForTarget(row))], cancellationToken);
    }

    /// <summary>Deletes a tag or manifest that the source no longer has. It can be restored in the target for the usual time.</summary>
    public async Task DeleteAsync(string text, CancellationToken cancellationToken)
    {
        if (!Reference.TryParse(text, out var reference)) return;
        // Read again: it may have been pushed since the scan.
        var key = reference.Digest is { } digest ? Layout.Manifest(digest) : Layout.Tag(reference.Tag!);
        if (await _from.ReadAsync(key, ["RowKey"], cancellationToken) is not null) return;
        var result = await target.Deleter.DeleteAsync(name, reference, DeletedBy, isLocked: null, condition: null, cancellationToken);
        if (result.Status == DeleteStatus.Deleted) report.AddDeleted();
    }

    public Copied Fail(string reference, string message)
    {
        report.AddProblem();
        onProblem(new CopyProblem(name.Value, reference, message));
        return Copied.Failed;
    }

    TableEntity ForTarget(TableEntity row) => row.CopyTo(_to.Row(row.RowKey));
}
