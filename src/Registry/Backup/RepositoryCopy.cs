using Registry.Oci;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// Copies what has changed in one repository, while both sides may be in use: blobs first, then manifests, then tags. Whenever it is
/// stopped, each manifest in the target has all its blobs, and each tag its manifest.
/// </summary>
sealed class RepositoryCopy(StorageAccount source, CopyTarget target, RepositoryName name, CopyReport report, Action<CopyProblem> onProblem)
{
    const int Parallelism = 8;

    /// <summary>Each fills one block while up to four are sent: more would wait for <see cref="UploadMemory"/>.</summary>
    const int ParallelBlobs = 4;

    static readonly string[] s_keys = ["PartitionKey", "RowKey"];
    static readonly string[] s_manifestColumns =
    [
        .. s_keys,
        Columns.MediaType,
        Columns.Size,
        Columns.Pushed,
        Columns.Subject,
        Columns.ArtifactType,
        .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize),
    ];

    static readonly string[] s_tagColumns = [.. s_keys, Columns.Digest, Columns.MediaType, Columns.Size, Columns.Pushed];
    static readonly string[] s_deletedColumns = [.. s_keys, Columns.Digest, Columns.Deleted, Columns.DeletedBy];
    static readonly string[] s_useColumns = [.. s_keys, Columns.Pulled, Columns.Untagged];

    readonly Partition _from = source.Repository(name);
    readonly Partition _to = target.Account.Repository(name);
    readonly ItemCopy _items = new(source, target, name, report, onProblem);

    /// <param name="mirror">Whether to delete in the target what the source does not have.</param>
    /// <param name="cancellationToken">Cancels the copy; what was copied stays.</param>
    public async Task RunAsync(bool mirror, CancellationToken cancellationToken)
    {
        await EachAsync(
            Layout.LinkPrefix,
            s_keys,
            ParallelBlobs,
            pair => pair.Target is null,
            (digest, cancel) => _items.CopyBlobAsync(Digest.Parse(digest), cancel),
            cancellationToken);
        if (await source.Catalog.ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken) is not null)
            target.Catalog.Keep(await target.Catalog.AddAsync(name, cancellationToken));
        // Indexes after their children, so that each child is copied once.
        var indexes = false;
        var deleted = await CopyManifestsAsync(pair => Differ(pair) && !(IsIndex(pair) && (indexes = true)), cancellationToken);
        if (indexes) await CopyManifestsAsync(pair => Differ(pair) && IsIndex(pair), cancellationToken);
        var untagged = await EachAsync(Layout.TagPrefix, s_tagColumns, Parallelism, Differ, _items.CopyTagAsync, cancellationToken);
        if (mirror && untagged) await DeleteMissingAsync(Layout.TagPrefix, cancellationToken);
        if (mirror && deleted) await DeleteMissingAsync(Layout.ManifestPrefix, cancellationToken);
        // Last: the source's tombstones replace those that the deletes above have written.
        await EachAsync(Layout.DeletedPrefix, s_deletedColumns, Parallelism, Differ, _items.CopyDeletedAsync, cancellationToken);
        await EachAsync(Layout.UsePrefix, s_useColumns, Parallelism, Differ, _items.CopyUseAsync, cancellationToken);
        report.AddRepository();
    }

    /// <summary>Deletes all tags and manifests in the target as its API does, for a repository that the source no longer has.</summary>
    public async Task DeleteAllAsync(CancellationToken cancellationToken)
    {
        await DeleteMissingAsync(Layout.TagPrefix, cancellationToken);
        await DeleteMissingAsync(Layout.ManifestPrefix, cancellationToken);
    }

    /// <summary>Deletes in the target what the source does not have.</summary>
    async Task DeleteMissingAsync(string prefix, CancellationToken cancellationToken) =>
        await EachAsync(prefix, s_keys, Parallelism, pair => pair.Source is null, _items.DeleteAsync, cancellationToken);

    Task<bool> CopyManifestsAsync(Func<RowPair, bool> isDue, CancellationToken cancellationToken) => EachAsync(
        Layout.ManifestPrefix,
        s_manifestColumns,
        Parallelism,
        isDue,
        (digest, cancel) => _items.CopyManifestAsync(Digest.Parse(digest), cancel),
        cancellationToken);

    static bool IsIndex(RowPair pair) => pair.Source?.GetString(Columns.MediaType) is { } type && MediaType.IsIndex(type);

    static bool Differ(RowPair pair) =>
        pair.Source is not null && (pair.Target is null || RowFingerprint.Of(pair.Source) != RowFingerprint.Of(pair.Target));

    /// <summary>Reads the rows with a prefix on both sides, and processes the pairs that are due.</summary>
    /// <param name="prefix">Prefix of the rows' keys.</param>
    /// <param name="columns">Columns to read, which decide what is due.</param>
    /// <param name="parallelism">Number of pairs that are processed at once.</param>
    /// <param name="isDue">Whether a pair is to be processed.</param>
    /// <param name="work">Processes a pair, given its key without the prefix.</param>
    /// <param name="cancellationToken">Cancels the work.</param>
    /// <returns>Whether the target has rows that the source does not have.</returns>
    async Task<bool> EachAsync(
        string prefix,
        string[] columns,
        int parallelism,
        Func<RowPair, bool> isDue,
        Func<string, CancellationToken, Task> work,
        CancellationToken cancellationToken)
    {
        var targetHasMore = false;
        var sources = _from.ScanAsync(prefix, columns, cancellationToken);
        var targets = _to.ScanAsync(prefix, columns, cancellationToken);
        var pairs = MergeJoin.ReadAsync(sources, targets, cancellationToken).Where(pair =>
        {
            targetHasMore |= pair.Source is null;
            return isDue(pair);
        });
        var options = new ParallelOptions { MaxDegreeOfParallelism = parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(pairs, options, async (pair, cancel) =>
        {
            try
            {
                await work(pair.Key[prefix.Length..], cancel);
            }
            catch (ContentionException)
            {
                _items.Fail(pair.Key[prefix.Length..], "rows of the target contradict each other; run check on the target");
            }
            catch (Exception e) when (e is FormatException or InvalidDataException or InvalidOperationException or ArgumentException)
            {
                // The registry cannot have written this row. The rest is copied nevertheless.
                _items.Fail(
                    pair.Key[prefix.Length..], $"row {pair.Key} is invalid ({e.Message.Split('\n')[0]}); run check on the source");
            }
        });
        return targetHasMore;
    }
}
