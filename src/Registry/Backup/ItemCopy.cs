using Azure;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// Copies one thing of a repository, a blob, a manifest, a tag, as it is in the source now, with all that it needs and the target lacks.
/// </summary>
sealed class ItemCopy(StorageAccount source, CopyTarget target, RepositoryName name, CopyReport report, Action<CopyProblem> tell)
{
    /// <summary>Nobody has indexes of indexes deeper than this.</summary>
    const int MaxDepth = 8;

    const string DeletedBy = "backup";

    readonly Partition _from = source.Repository(name);
    readonly Partition _to = target.Account.Repository(name);

    public async Task<Copied> CopyBlobAsync(Digest digest, CancellationToken cancellationToken)
    {
        string? tried = null;
        while (true)
        {
            if (await _from.ReadAsync(Layout.Link(digest), [Columns.Object, Columns.Size], cancellationToken) is not { } link) return Copied.Gone;
            if (await target.Blobs.MountAsync(from: null, _ => true, name, digest, cancellationToken))
            {
                report.AddLinked();
                return Copied.Yes;
            }
            var (id, size) = (link.GetString(Columns.Object), link.GetSize());
            // The link has another object by now, if it was collected and pushed again.
            if (id == tried) return Fail(digest.ToString(), "the source does not have its bytes any more; check it");
            tried = id;
            try
            {
                var blob = source.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id));
                var answer = await blob.DownloadStreamingAsync(cancellationToken: cancellationToken);
                await using var content = answer.Value.Content;
                var result = await target.Uploads.StoreAsync(name, digest, new UploadBody(content, size, null), cancellationToken);
                if (result.Failure == UploadFailure.DigestMismatch)
                    return Fail(digest.ToString(), $"the source has other bytes under this name, those of {result.Actual}; check it with --digests");
                if (result.Failure is not null) continue;
                report.AddBlob(result.Offset);
                return Copied.Yes;
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                // Looked at once more.
            }
        }
    }

    public Task<Copied> CopyManifestAsync(Digest digest, CancellationToken cancellationToken) =>
        CopyManifestAsync(digest, MaxDepth, cancellationToken);

    async Task<Copied> CopyManifestAsync(Digest digest, int depth, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row) return Copied.Gone;
        if (depth == 0) return Fail(digest.ToString(), "it is a child of too many indexes");
        var held = PackedReferences.Read(row);
        if (row.GetString(Columns.Object) is null && digest.Algorithm.Of(row.GetBytes(Columns.Body)) != digest)
            return Fail(digest.ToString(), "the source has other bytes under this name; check it");

        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await CompleteAsync(row, digest, cancellationToken) is not { } complete)
                return Fail(digest.ToString(), "its own bytes could not be copied");
            List<TableTransactionAction> rows = [Partition.Put(complete)];
            var referrer = row.GetString(Columns.Subject) is { } subject ? Layout.Referrer(Digest.Parse(subject), digest) : null;
            if (referrer is not null && await _from.ReadAsync(referrer, columns: null, cancellationToken) is { } described)
                rows.Add(Partition.Put(Own(described)));

            var result = await PinnedWrite.RunAsync(_to, digest, held, rows, cancellationToken);
            if (result.Status == PinnedStatus.Committed)
            {
                report.AddManifest();
                return Copied.Yes;
            }
            if (result.Missing is not { } missing) continue;
            var copied = missing.IsManifest
                ? await CopyManifestAsync(missing.Digest, depth - 1, cancellationToken)
                : await CopyBlobAsync(missing.Digest, cancellationToken);
            // An index may have lost children: somebody has deleted them.
            if (copied == Copied.Gone && missing.IsManifest) held.Remove(missing);
            else if (copied == Copied.Gone && await _from.ReadAsync(row.RowKey, ["RowKey"], cancellationToken) is null) return Copied.Gone;
            else if (copied != Copied.Yes) return Fail(digest.ToString(), $"it needs {missing.Digest}, which could not be copied");
            attempt = -1;
        }
    }

    /// <summary>A row as the target has it: where its bytes are an object, that is another one there.</summary>
    /// <returns>Null when the target does not have that.</returns>
    async Task<TableEntity?> CompleteAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        var own = Own(row);
        if (row.GetString(Columns.Object) is null) return own;
        if (await _to.ReadAsync(Layout.Link(digest), [Columns.Object], cancellationToken) is not { } link)
        {
            if (await CopyBlobAsync(digest, cancellationToken) != Copied.Yes) return null;
            link = await _to.ReadAsync(Layout.Link(digest), [Columns.Object], cancellationToken);
        }
        own[Columns.Object] = link?.GetString(Columns.Object);
        return link is null ? null : own;
    }

    public async Task CopyTagAsync(string text, CancellationToken cancellationToken)
    {
        if (!Tag.TryParse(text, out var tag)) return;
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await _from.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is not { } row) return;
            var digest = row.GetDigest(Columns.Digest);
            var there = await _to.ReadAsync(Layout.Tag(tag), [Columns.Digest], cancellationToken);
            List<TableTransactionAction> actions =
            [
                Partition.Touch(_to.Row(Layout.Manifest(digest))),
                .. TagRows.Point(_to, tag, Own(row), there),
            ];
            if (await _to.SubmitAsync(actions, cancellationToken) is not { } conflict)
            {
                report.AddTag();
                return;
            }
            if (conflict is not { RowMissing: true, Index: 0 }) continue;
            // Pushed after the manifests were looked through; or it could not be copied.
            var copied = await CopyManifestAsync(digest, cancellationToken);
            if (copied == Copied.Failed)
            {
                Fail(text, $"its manifest {digest} could not be copied");
                return;
            }
            // Deleted, and the tag with it, or moved.
            if (copied == Copied.Gone && attempt > 3)
            {
                Fail(text, $"its manifest {digest} is not there; check the source");
                return;
            }
        }
    }

    public async Task CopyDeletedAsync(string key, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.DeletedPrefix + key, columns: null, cancellationToken) is not { } row) return;
        // What is missing of a deleted manifest is no loss: somebody wanted it gone.
        var own = row.ContainsKey(Columns.Object) && Digest.TryParse(key, out var digest)
            ? await CompleteAsync(row, digest, cancellationToken)
            : Own(row);
        if (own is not null) await _to.SubmitUnconditionalAsync([Partition.Put(own)], cancellationToken);
    }

    public async Task CopyUseAsync(string key, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.UsePrefix + key, columns: null, cancellationToken) is { } row)
            await _to.SubmitUnconditionalAsync([Partition.Put(Own(row))], cancellationToken);
    }

    /// <summary>Deletes a tag or a manifest that the source has no more; it can be restored for as long as it could be there.</summary>
    public async Task DeleteAsync(string text, CancellationToken cancellationToken)
    {
        if (!Reference.TryParse(text, out var reference)) return;
        // Asked once more: it may have been pushed since.
        var key = reference.Digest is { } digest ? Layout.Manifest(digest) : Layout.Tag(reference.Tag!);
        if (await _from.ReadAsync(key, ["RowKey"], cancellationToken) is not null) return;
        var result = await target.Deleter.DeleteAsync(name, reference, DeletedBy, isLocked: null, cancellationToken);
        if (result.Status == DeleteStatus.Deleted) report.AddDeleted();
    }

    public Copied Fail(string reference, string message)
    {
        report.AddProblem();
        tell(new CopyProblem(name.Value, reference, message));
        return Copied.Failed;
    }

    TableEntity Own(TableEntity row) => row.CopyTo(_to.Row(row.RowKey));
}
