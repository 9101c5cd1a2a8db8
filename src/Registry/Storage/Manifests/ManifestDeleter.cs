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

    /// <summary>Tags that certainly go with their manifest in one transaction.</summary>
    internal const int MaxTagsAtOnce = 30;

    bool Keeps => account.Options.DeletedRetention > TimeSpan.Zero;

    /// <summary>Deletes a tag, or a manifest with its tags and its place among the referrers.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="by">Who deletes it, for the list of what can be restored.</param>
    /// <param name="isLocked">Which tags nobody may delete; null for none. Where there may be some, a manifest's tags are looked at first: a transaction more.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<DeleteResult> DeleteAsync(RepositoryName name, Reference reference, string by, Func<Tag, bool>? isLocked, CancellationToken cancellationToken) =>
        reference.Digest is { } digest
            ? DeleteManifestAsync(account.Repository(name), digest, by, isLocked, cancellationToken)
            : DeleteTagAsync(account.Repository(name), reference.Tag!, by, isLocked, cancellationToken);

    [ProtocolStep(ProtocolStep.ReadTag)]
    async Task<DeleteResult> DeleteTagAsync(Partition repository, Tag tag, string by, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is not { } row) return Gone(attempt);
            if (isLocked?.Invoke(tag) == true) return new DeleteResult(DeleteStatus.Locked, tag);
            if (await SubmitDeleteTagAsync(repository, tag, row, by, withManifest: false, cancellationToken)) return new DeleteResult(DeleteStatus.Deleted);
        }
    }

    [ProtocolStep(ProtocolStep.ReadManifest)]
    async Task<DeleteResult> DeleteManifestAsync(Partition repository, Digest digest, string by, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row) return Gone(attempt);
            // Before anything is deleted: many tags take several transactions.
            if (isLocked is not null && await TagStore.FirstOfAsync(repository, digest, isLocked, cancellationToken) is { } locked) return new DeleteResult(DeleteStatus.Locked, locked);
            if (await SubmitDeleteManifestAsync(repository, digest, row, by, isLocked, atOnce: false, cancellationToken)) return new DeleteResult(DeleteStatus.Deleted);
        }
    }

    /// <summary>Deletes a tag, if it is as it was read.</summary>
    /// <returns>Whether it was.</returns>
    internal async Task<bool> DeleteTagAsItWasAsync(RepositoryName name, Tag tag, ETag match, string by, bool withManifest, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        return await repository.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is { } row && row.ETag == match
            && await SubmitDeleteTagAsync(repository, tag, row, by, withManifest, cancellationToken);
    }

    /// <summary>Deletes a manifest with its tags, <see cref="MaxTagsAtOnce"/> at most, if it is as it was read.</summary>
    /// <returns>Whether it was, and all went in one transaction.</returns>
    internal async Task<bool> DeleteManifestAsItWasAsync(
        RepositoryName name, Digest digest, ETag match, string by, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        return await repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is { } row && row.ETag == match
            && await SubmitDeleteManifestAsync(repository, digest, row, by, isLocked, atOnce: true, cancellationToken);
    }

    /// <summary>What is gone at a later attempt was there at the first.</summary>
    static DeleteResult Gone(int attempt) => new(attempt > 0 ? DeleteStatus.Deleted : DeleteStatus.Unknown);

    /// <summary>Deletes a tag that is as it was read.</summary>
    [ProtocolStep(ProtocolStep.DeleteTag)]
    async Task<bool> SubmitDeleteTagAsync(Partition repository, Tag tag, TableEntity row, string by, bool withManifest, CancellationToken cancellationToken)
    {
        var digest = row.GetDigest(Columns.Digest);
        var actions = new List<TableTransactionAction>
        {
            repository.Delete(Layout.Tag(tag), row.ETag),
            repository.Delete(Layout.TagOf(digest, tag), ETag.All),
            PullRecords.Untag(repository, digest, time.GetUtcNow()),
        };
        if (Keeps) actions.Add(Partition.Put(ToDeleted(repository.Row(Layout.Deleted(tag)), row, digest, by, withManifest)));
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }

    /// <summary>Deletes a manifest that is as it was read, with the tags that it has now.</summary>
    /// <remarks>
    /// Whoever tags the manifest meanwhile rewrites its row, and then it stays: no tag is left behind without it, and none that is locked is taken along.
    /// </remarks>
    [ProtocolStep(ProtocolStep.ScanTagsOf)]
    [ProtocolStep(ProtocolStep.DeleteManifest)]
    async Task<bool> SubmitDeleteManifestAsync(
        Partition repository, Digest digest, TableEntity row, string by, Func<Tag, bool>? isLocked, bool atOnce, CancellationToken cancellationToken)
    {
        var prefix = Layout.TagsOfPrefix(digest);
        var actions = new List<TableTransactionAction>();
        await foreach (var tagged in repository.ScanAsync(prefix, ["PartitionKey", "RowKey"], cancellationToken))
        {
            var tag = tagged.RowKey[prefix.Length..];
            // It has come since, and is refused at the next attempt.
            if (isLocked is not null && Tag.TryParse(tag, out var parsed) && isLocked(parsed)) return false;
            // The two rows of a tag change together, so an unchanged d: vouches for its t:.
            actions.Add(repository.Delete(tagged.RowKey, tagged.ETag));
            actions.Add(repository.Delete(Layout.TagPrefix + tag, ETag.All));
            if (Keeps)
            {
                actions.Add(Partition.Put(ToDeleted(repository.Row(Layout.DeletedPrefix + tag), row, digest, by, withManifest: true)));
            }
            if (actions.Count <= Partition.MaxActions - ForManifest - ForTag) continue;
            // Only the last transaction is conditional on the manifest's row.
            if (atOnce) return false;
            if (await repository.SubmitAsync(actions, cancellationToken) is not null) return false;
            actions.Clear();
        }
        if (row.GetString(Columns.Subject) is { } subject)
            actions.Add(repository.Delete(Layout.Referrer(Digest.Parse(subject), digest), ETag.All));
        actions.Add(repository.Delete(Layout.Manifest(digest), row.ETag));
        if (Keeps)
        {
            var deleted = row.CopyTo(repository.Row(Layout.Deleted(digest)));
            actions.Add(Partition.Put(ToDeleted(deleted, row, digest, by, withManifest: false)));
        }
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }

    /// <param name="deleted">The row to fill.</param>
    /// <param name="row">Of what is deleted, or of its manifest.</param>
    /// <param name="digest">Of the manifest.</param>
    /// <param name="by">Who deletes it.</param>
    /// <param name="withManifest">Whether it is a tag that goes because its manifest does, and comes back with that.</param>
    TableEntity ToDeleted(TableEntity deleted, TableEntity row, Digest digest, string by, bool withManifest)
    {
        if (withManifest) deleted[Columns.DeletedWith] = true;
        deleted[Columns.Digest] = digest.ToString();
        deleted[Columns.MediaType] = row.GetString(Columns.MediaType);
        deleted[Columns.Size] = row.GetSize();
        deleted[Columns.Deleted] = time.GetUtcNow();
        deleted[Columns.DeletedBy] = by;
        return deleted;
    }
}
