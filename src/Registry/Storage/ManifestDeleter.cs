using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Deletes tags and manifests. What is deleted is kept for a while, in the same transaction, so that it can be restored
/// (<see cref="DeletedStore"/>).
/// </summary>
public sealed class ManifestDeleter(StorageAccount account, TimeProvider time)
{
    /// <summary>Actions that the last transaction of a manifest needs beside its tags: <c>r:</c>, <c>m:</c> and <c>x:</c>.</summary>
    const int ForManifest = 3;

    /// <summary>Actions that a tag of a manifest needs: <c>d:</c>, <c>t:</c> and <c>x:</c>.</summary>
    const int ForTag = 3;

    bool Keeps => account.Options.KeepDeleted > TimeSpan.Zero;

    /// <summary>Deletes a tag, or a manifest with its tags and its place among the referrers.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="by">Who deletes it, for the list of what can be restored.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Whether it was there.</returns>
    public Task<bool> DeleteAsync(RepositoryName name, Reference reference, string by, CancellationToken cancellationToken) =>
        reference.Digest is { } digest
            ? DeleteManifestAsync(account.Repository(name), digest, by, cancellationToken)
            : DeleteTagAsync(account.Repository(name), reference.Tag!, by, cancellationToken);

    async Task<bool> DeleteTagAsync(Partition repository, Tag tag, string by, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is not { } row) return attempt > 0;
            if (await SubmitDeleteTagAsync(repository, tag, row, by, cancellationToken)) return true;
        }
    }

    /// <summary>Deletes a tag that is as it was read.</summary>
    internal async Task<bool> SubmitDeleteTagAsync(Partition repository, Tag tag, TableEntity row, string by, CancellationToken cancellationToken)
    {
        var digest = row.GetDigest(Columns.Digest);
        var actions = new List<TableTransactionAction>
        {
            repository.Delete(Layout.Tag(tag), row.ETag),
            repository.Delete(Layout.TagOf(digest, tag), ETag.All),
            ManifestUses.Untag(repository, digest, time.GetUtcNow()),
        };
        if (Keeps) actions.Add(Partition.Put(ToDeleted(repository.Row(Layout.Deleted(tag)), row, digest, by)));
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }

    async Task<bool> DeleteManifestAsync(Partition repository, Digest digest, string by, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row) return attempt > 0;
            if (await SubmitDeleteManifestAsync(repository, digest, row, by, cancellationToken)) return true;
        }
    }

    /// <summary>Deletes a manifest that is as it was read, with the tags that it has now.</summary>
    /// <remarks>Whoever tags the manifest meanwhile rewrites its row, and then it stays: no tag is left behind without it.</remarks>
    internal async Task<bool> SubmitDeleteManifestAsync(Partition repository, Digest digest, TableEntity row, string by, CancellationToken cancellationToken)
    {
        var prefix = Layout.TagsOfPrefix(digest);
        var actions = new List<TableTransactionAction>();
        await foreach (var tagged in repository.ScanAsync(prefix, ["PartitionKey", "RowKey"], cancellationToken))
        {
            var tag = tagged.RowKey[prefix.Length..];
            // The two rows of a tag change together, so an unchanged d: vouches for its t:.
            actions.Add(repository.Delete(tagged.RowKey, tagged.ETag));
            actions.Add(repository.Delete(Layout.TagPrefix + tag, ETag.All));
            if (Keeps)
            {
                var deleted = ToDeleted(repository.Row(Layout.DeletedPrefix + tag), row, digest, by);
                deleted[Columns.With] = true;
                actions.Add(Partition.Put(deleted));
            }
            if (actions.Count <= Partition.MaxActions - ForManifest - ForTag) continue;
            if (await repository.SubmitAsync(actions, cancellationToken) is not null) return false;
            actions.Clear();
        }
        if (row.GetString(Columns.Subject) is { } subject)
            actions.Add(repository.Delete(Layout.Referrer(Digest.Parse(subject), digest), ETag.All));
        actions.Add(repository.Delete(Layout.Manifest(digest), row.ETag));
        if (Keeps)
        {
            var deleted = repository.Row(Layout.Deleted(digest));
            foreach (var (column, value) in row)
                if (column is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag")) deleted[column] = value;
            actions.Add(Partition.Put(ToDeleted(deleted, row, digest, by)));
        }
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }

    TableEntity ToDeleted(TableEntity deleted, TableEntity row, Digest digest, string by)
    {
        deleted[Columns.Digest] = digest.ToString();
        deleted[Columns.MediaType] = row.GetString(Columns.MediaType);
        deleted[Columns.Size] = row.GetSize();
        deleted[Columns.Deleted] = time.GetUtcNow();
        deleted[Columns.By] = by;
        return deleted;
    }
}
