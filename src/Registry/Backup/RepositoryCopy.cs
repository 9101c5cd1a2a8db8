using Azure;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// Copies what has changed in one repository, while both may be in use: blobs first, then manifests, then tags, so that whenever
/// it is stopped each manifest in the target has all its blobs, and each tag its manifest.
/// </summary>
sealed class RepositoryCopy(StorageAccount source, CopyTarget target, RepositoryName name, CopyReport report, Action<CopyProblem> tell)
{
    const int Parallelism = 8;

    /// <summary>All uploads share five buffers of 4 MiB; more would wait for each other.</summary>
    const int ParallelBlobs = 4;

    /// <summary>Nobody has indexes of indexes deeper than this.</summary>
    const int MaxDepth = 8;

    const string DeletedBy = "backup";

    static readonly string[] s_keys = ["PartitionKey", "RowKey"];
    static readonly string[] s_manifestColumns =
    [
        .. s_keys, Columns.MediaType, Columns.Size, Columns.Pushed, Columns.Subject, Columns.ArtifactType, .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize),
    ];

    static readonly string[] s_tagColumns = [.. s_keys, Columns.Digest, Columns.MediaType, Columns.Size, Columns.Pushed];
    static readonly string[] s_deletedColumns = [.. s_keys, Columns.Digest, Columns.Deleted, Columns.By];
    static readonly string[] s_useColumns = [.. s_keys, Columns.Pulled, Columns.Untagged];

    readonly Partition _from = source.Repository(name);
    readonly Partition _to = target.Account.Repository(name);

    /// <summary>What became of something that was to be copied.</summary>
    enum Copied
    {
        Yes,

        /// <summary>It is not in the source, or not any more.</summary>
        Gone,

        /// <summary>Told as a problem.</summary>
        Failed,
    }

    /// <param name="mirror">Whether what is not in the source is deleted in the target.</param>
    /// <param name="cancellationToken">Ends it; what has been copied stays.</param>
    public async Task RunAsync(bool mirror, CancellationToken cancellationToken)
    {
        await EachAsync(Layout.LinkPrefix, s_keys, ParallelBlobs, pair => pair.Target is null, (digest, cancel) => CopyBlobAsync(Digest.Parse(digest), cancel), cancellationToken);
        if (await source.Catalog.ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken) is not null) await target.Catalog.AddAsync(name, cancellationToken);
        // Children first: then each is copied once.
        var indexes = false;
        var deleted = await CopyManifestsAsync(pair => Differ(pair) && !(IsIndex(pair) && (indexes = true)), cancellationToken);
        if (indexes) await CopyManifestsAsync(pair => Differ(pair) && IsIndex(pair), cancellationToken);
        var untagged = await EachAsync(Layout.TagPrefix, s_tagColumns, Parallelism, Differ, CopyTagAsync, cancellationToken);
        if (mirror && untagged) await EachAsync(Layout.TagPrefix, s_keys, Parallelism, pair => pair.Source is null, DeleteAsync, cancellationToken);
        if (mirror && deleted) await EachAsync(Layout.ManifestPrefix, s_keys, Parallelism, pair => pair.Source is null, DeleteAsync, cancellationToken);
        // Last, since what was deleted just now is known better by the source.
        await EachAsync(Layout.DeletedPrefix, s_deletedColumns, Parallelism, Differ, CopyDeletedAsync, cancellationToken);
        await EachAsync(Layout.UsePrefix, s_useColumns, Parallelism, Differ, CopyUseAsync, cancellationToken);
        report.AddRepository();
    }

    /// <summary>Deletes everything in the target, as by its API: for a repository that the source has no more.</summary>
    public async Task DeleteAllAsync(CancellationToken cancellationToken)
    {
        await EachAsync(Layout.TagPrefix, s_keys, Parallelism, pair => pair.Source is null, DeleteAsync, cancellationToken);
        await EachAsync(Layout.ManifestPrefix, s_keys, Parallelism, pair => pair.Source is null, DeleteAsync, cancellationToken);
    }

    Task<bool> CopyManifestsAsync(Func<RowPair, bool> isDue, CancellationToken cancellationToken) => EachAsync(
        Layout.ManifestPrefix, s_manifestColumns, Parallelism, isDue, (digest, cancel) => CopyManifestAsync(Digest.Parse(digest), MaxDepth, cancel), cancellationToken);

    static bool IsIndex(RowPair pair) => pair.Source?.GetString(Columns.MediaType) is { } type && MediaType.IsIndex(type);

    static bool Differ(RowPair pair) => pair.Source is not null && (pair.Target is null || RowText.Of(pair.Source) != RowText.Of(pair.Target));

    /// <summary>Goes through the rows with a prefix on both sides.</summary>
    /// <param name="prefix">Of the rows.</param>
    /// <param name="columns">What is needed of them to see whether they differ.</param>
    /// <param name="parallelism">Of the work.</param>
    /// <param name="isDue">Whether there is something to do.</param>
    /// <param name="work">Does it, for a key without its prefix.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the target has rows that the source has not.</returns>
    async Task<bool> EachAsync(
        string prefix, string[] columns, int parallelism, Func<RowPair, bool> isDue, Func<string, CancellationToken, Task> work, CancellationToken cancellationToken)
    {
        var more = false;
        var pairs = SideBySide.ReadAsync(_from.ScanAsync(prefix, columns, cancellationToken), _to.ScanAsync(prefix, columns, cancellationToken), cancellationToken)
            .Where(pair =>
            {
                more |= pair.Source is null;
                return isDue(pair);
            });
        await Parallel.ForEachAsync(pairs, new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken }, async (pair, cancel) =>
        {
            try
            {
                await work(pair.Key[prefix.Length..], cancel);
            }
            catch (ContentionException)
            {
                Fail(pair.Key[prefix.Length..], "rows of the target contradict each other; check it");
            }
            catch (Exception e) when (e is FormatException or InvalidDataException or InvalidOperationException or ArgumentException)
            {
                // Nobody but somebody else can have written it: the rest is none the worse for it.
                Fail(pair.Key[prefix.Length..], $"row {pair.Key} cannot be understood ({e.Message.Split('\n')[0]}); check the source");
            }
        });
        return more;
    }

    async Task<Copied> CopyBlobAsync(Digest digest, CancellationToken cancellationToken)
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
                var answer = await source.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id)).DownloadStreamingAsync(cancellationToken: cancellationToken);
                await using var content = answer.Value.Content;
                var result = await target.Uploads.StoreAsync(name, digest, new UploadBody(content, size, null), cancellationToken);
                if (result.Fault == UploadFault.WrongDigest) return Fail(digest.ToString(), $"the source has other bytes under this name, those of {result.Actual}; check it with --digests");
                if (result.Fault is not null) continue;
                report.AddBlob(result.Offset);
                return Copied.Yes;
            }
            catch (RequestFailedException e) when (e.Status == 404)
            {
                // Looked at once more.
            }
        }
    }

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
            if (await CompleteAsync(row, digest, cancellationToken) is not { } complete) return Fail(digest.ToString(), "its own bytes could not be copied");
            List<TableTransactionAction> rows = [Partition.Put(complete)];
            var referrer = row.GetString(Columns.Subject) is { } subject ? Layout.Referrer(Digest.Parse(subject), digest) : null;
            if (referrer is not null && await _from.ReadAsync(referrer, columns: null, cancellationToken) is { } described) rows.Add(Partition.Put(Own(described)));

            var result = await HoldingWrite.SubmitAsync(_to, digest, held, rows, cancellationToken);
            if (result.Done)
            {
                report.AddManifest();
                return Copied.Yes;
            }
            if (result.Missing is not { } missing) continue;
            var copied = missing.IsManifest ? await CopyManifestAsync(missing.Digest, depth - 1, cancellationToken) : await CopyBlobAsync(missing.Digest, cancellationToken);
            // An index may have lost children: somebody has deleted them.
            if (copied == Copied.Gone && missing.IsManifest) held.Remove(missing);
            else if (copied == Copied.Gone && await _from.ReadAsync(Layout.Manifest(digest), ["RowKey"], cancellationToken) is null) return Copied.Gone;
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

    async Task CopyTagAsync(string text, CancellationToken cancellationToken)
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
                there is null ? Partition.Insert(Own(row)) : Partition.Replace(Own(row), there.ETag),
                Partition.Put(_to.Row(Layout.TagOf(digest, tag))),
            ];
            if (there is not null && there.GetDigest(Columns.Digest) is var old && old != digest) actions.Add(_to.Delete(Layout.TagOf(old, tag), ETag.All));
            if (await _to.SubmitAsync(actions, cancellationToken) is not { } conflict)
            {
                report.AddTag();
                return;
            }
            if (conflict is not { RowMissing: true, Index: 0 }) continue;
            // Pushed after the manifests were looked through; or it could not be copied.
            var copied = await CopyManifestAsync(digest, MaxDepth, cancellationToken);
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

    async Task CopyDeletedAsync(string key, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.DeletedPrefix + key, columns: null, cancellationToken) is not { } row) return;
        // What is missing of a deleted manifest is no loss: somebody wanted it gone.
        if (!row.ContainsKey(Columns.Object) || !Digest.TryParse(key, out var digest)) await _to.SubmitUnconditionalAsync([Partition.Put(Own(row))], cancellationToken);
        else if (await CompleteAsync(row, digest, cancellationToken) is { } complete) await _to.SubmitUnconditionalAsync([Partition.Put(complete)], cancellationToken);
    }

    async Task CopyUseAsync(string key, CancellationToken cancellationToken)
    {
        if (await _from.ReadAsync(Layout.UsePrefix + key, columns: null, cancellationToken) is { } row) await _to.SubmitUnconditionalAsync([Partition.Put(Own(row))], cancellationToken);
    }

    /// <summary>Deletes a tag or a manifest that the source has no more; it can be restored for as long as it could be there.</summary>
    async Task DeleteAsync(string text, CancellationToken cancellationToken)
    {
        if (!Reference.TryParse(text, out var reference)) return;
        // Asked once more: it may have been pushed since.
        var key = reference.Digest is { } digest ? Layout.Manifest(digest) : Layout.Tag(reference.Tag!);
        if (await _from.ReadAsync(key, ["RowKey"], cancellationToken) is not null) return;
        if ((await target.Deleter.DeleteAsync(name, reference, DeletedBy, isLocked: null, cancellationToken)).Status == DeleteStatus.Deleted) report.AddDeleted();
    }

    Copied Fail(string reference, string message)
    {
        report.AddProblem();
        tell(new CopyProblem(name.Value, reference, message));
        return Copied.Failed;
    }

    TableEntity Own(TableEntity row)
    {
        var own = _to.Row(row.RowKey);
        foreach (var (column, value) in row)
            if (column is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag")) own[column] = value;
        return own;
    }
}
