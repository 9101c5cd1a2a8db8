using System.Diagnostics;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Deletes everything in a repository, in requests that end within bounded time. All of it can be restored for a while.</summary>
public sealed class RepositoryDeleter(StorageAccount account, CatalogStore catalog, ManifestDeleter deleter)
{
    const int Parallelism = 16;

    /// <summary>Maximum number of manifests that one request deletes, which bounds its memory.</summary>
    const int MaxManifests = 10_000;

    static readonly string[] s_columns = ["PartitionKey", "RowKey", "Timestamp"];

    /// <summary>Longest time in which one request begins deletions: much shorter than the timeouts of clients and proxies.</summary>
    public static readonly TimeSpan TimeLimit = TimeSpan.FromSeconds(20);

    /// <summary>
    /// Deletes manifests with their tags until none is left or the time is up: some three transactions for each manifest, one for each 30
    /// tags, and one for each 1,000 manifests and tags.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="by">Name of the identity that deletes.</param>
    /// <param name="isLocked">Whether a tag is locked; null when none can be.</param>
    /// <param name="timeLimit">Time after which no further deletion begins.</param>
    /// <param name="cancellationToken">Cancels the request; what was deleted stays deleted.</param>
    /// <returns>Null when the repository does not exist.</returns>
    public async Task<RepositoryDeletion?> DeleteAsync(
        RepositoryName name, string by, Func<Tag, bool>? isLocked, TimeSpan timeLimit, CancellationToken cancellationToken)
    {
        if (!await catalog.ContainsAsync(name, cancellationToken)) return null;
        var repository = account.Repository(name);
        // Manifests before tags, and each is deleted only as it was: a push of a locked tag touches all that the tag reaches.
        var manifests = await repository.ScanAsync(Layout.ManifestPrefix, s_columns, cancellationToken)
            .Take(MaxManifests).Select(row => (Digest: DigestOf(row), row.ETag)).ToListAsync(cancellationToken);
        var pending = isLocked is null ? new HashSet<Digest>() : await LockedIndexes.PendingAsync(repository, cancellationToken);
        if (isLocked is not null && await FirstLockedAsync(repository, isLocked, cancellationToken) is { } locked)
            return new RepositoryDeletion(0, 0, locked);

        var began = Stopwatch.GetTimestamp();
        var deleted = 0;
        var due = manifests.TakeWhile(_ => IsInTime()).Where(manifest => !pending.Contains(manifest.Digest));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(due, parallel, async (manifest, cancel) =>
        {
            if (await deleter.DeleteManifestAsItWasAsync(name, manifest.Digest, manifest.ETag, by, isLocked, IsInTime, cancel))
                Interlocked.Increment(ref deleted);
        });
        var left = await repository.ScanAsync(Layout.ManifestPrefix, s_columns, cancellationToken).CountAsync(cancellationToken);
        return new RepositoryDeletion(deleted, left, null);

        bool IsInTime() => Stopwatch.GetElapsedTime(began) < timeLimit;
    }

    static Digest DigestOf(TableEntity row) => Digest.Parse(row.RowKey[Layout.ManifestPrefix.Length..]);

    static async Task<Tag?> FirstLockedAsync(Partition repository, Func<Tag, bool> isLocked, CancellationToken cancellationToken)
    {
        await foreach (var row in repository.ScanAsync(Layout.TagPrefix, ["RowKey"], cancellationToken))
            if (Tag.TryParse(row.RowKey[Layout.TagPrefix.Length..], out var tag) && isLocked(tag)) return tag;
        return null;
    }
}

/// <summary>Outcome of a request to delete a repository.</summary>
/// <param name="Deleted">Number of manifests that it deleted.</param>
/// <param name="Left">Number of manifests that are left, also those that were pushed meanwhile.</param>
/// <param name="Locked">A locked tag, because of which nothing was deleted; null for none.</param>
public readonly record struct RepositoryDeletion(int Deleted, int Left, Tag? Locked);
