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

    static readonly string[] s_keys = ["PartitionKey", "RowKey"];
    static readonly string[] s_manifestColumns =
    [
        .. s_keys, Columns.MediaType, Columns.Size, Columns.Pushed, Columns.Subject, Columns.ArtifactType, .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize),
    ];

    static readonly string[] s_tagColumns = [.. s_keys, Columns.Digest, Columns.MediaType, Columns.Size, Columns.Pushed];
    static readonly string[] s_deletedColumns = [.. s_keys, Columns.Digest, Columns.Deleted, Columns.DeletedBy];
    static readonly string[] s_useColumns = [.. s_keys, Columns.Pulled, Columns.Untagged];

    readonly Partition _from = source.Repository(name);
    readonly Partition _to = target.Account.Repository(name);
    readonly ItemCopy _items = new(source, target, name, report, tell);

    /// <param name="mirror">Whether what is not in the source is deleted in the target.</param>
    /// <param name="cancellationToken">Ends it; what has been copied stays.</param>
    public async Task RunAsync(bool mirror, CancellationToken cancellationToken)
    {
        await EachAsync(Layout.LinkPrefix, s_keys, ParallelBlobs, pair => pair.Target is null, (digest, cancel) => _items.CopyBlobAsync(Digest.Parse(digest), cancel), cancellationToken);
        if (await source.Catalog.ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken) is not null) await target.Catalog.AddAsync(name, cancellationToken);
        // Children first: then each is copied once.
        var indexes = false;
        var deleted = await CopyManifestsAsync(pair => Differ(pair) && !(IsIndex(pair) && (indexes = true)), cancellationToken);
        if (indexes) await CopyManifestsAsync(pair => Differ(pair) && IsIndex(pair), cancellationToken);
        var untagged = await EachAsync(Layout.TagPrefix, s_tagColumns, Parallelism, Differ, _items.CopyTagAsync, cancellationToken);
        if (mirror && untagged) await EachAsync(Layout.TagPrefix, s_keys, Parallelism, pair => pair.Source is null, _items.DeleteAsync, cancellationToken);
        if (mirror && deleted) await EachAsync(Layout.ManifestPrefix, s_keys, Parallelism, pair => pair.Source is null, _items.DeleteAsync, cancellationToken);
        // Last, since what was deleted just now is known better by the source.
        await EachAsync(Layout.DeletedPrefix, s_deletedColumns, Parallelism, Differ, _items.CopyDeletedAsync, cancellationToken);
        await EachAsync(Layout.UsePrefix, s_useColumns, Parallelism, Differ, _items.CopyUseAsync, cancellationToken);
        report.AddRepository();
    }

    /// <summary>Deletes everything in the target, as by its API: for a repository that the source has no more.</summary>
    public async Task DeleteAllAsync(CancellationToken cancellationToken)
    {
        await EachAsync(Layout.TagPrefix, s_keys, Parallelism, pair => pair.Source is null, _items.DeleteAsync, cancellationToken);
        await EachAsync(Layout.ManifestPrefix, s_keys, Parallelism, pair => pair.Source is null, _items.DeleteAsync, cancellationToken);
    }

    Task<bool> CopyManifestsAsync(Func<RowPair, bool> isDue, CancellationToken cancellationToken) => EachAsync(
        Layout.ManifestPrefix, s_manifestColumns, Parallelism, isDue, (digest, cancel) => _items.CopyManifestAsync(Digest.Parse(digest), cancel), cancellationToken);

    static bool IsIndex(RowPair pair) => pair.Source?.GetString(Columns.MediaType) is { } type && MediaType.IsIndex(type);

    static bool Differ(RowPair pair) => pair.Source is not null && (pair.Target is null || RowFingerprint.Of(pair.Source) != RowFingerprint.Of(pair.Target));

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
        var pairs = MergeJoin.ReadAsync(_from.ScanAsync(prefix, columns, cancellationToken), _to.ScanAsync(prefix, columns, cancellationToken), cancellationToken)
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
                _items.Fail(pair.Key[prefix.Length..], "rows of the target contradict each other; check it");
            }
            catch (Exception e) when (e is FormatException or InvalidDataException or InvalidOperationException or ArgumentException)
            {
                // Nobody but somebody else can have written it: the rest is none the worse for it.
                _items.Fail(pair.Key[prefix.Length..], $"row {pair.Key} cannot be understood ({e.Message.Split('\n')[0]}); check the source");
            }
        });
        return more;
    }
}
