using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Deletes tags and manifests. The transaction also writes a tombstone, from which they can be restored for a while
/// (<see cref="DeletedStore"/>).
/// </summary>
public sealed class ManifestDeleter(StorageAccount account, TimeProvider time)
{
    /// <summary>Actions for the manifest itself in the last transaction: <c>r:</c>, <c>m:</c> and <c>x:</c>.</summary>
    const int ForManifest = 3;

    /// <summary>Actions for each tag of a manifest: <c>d:</c>, <c>t:</c> and <c>x:</c>.</summary>
    const int ForTag = 3;

    /// <summary>Number of tags that always fit one transaction with their manifest.</summary>
    internal const int MaxTagsAtOnce = 30;

    bool KeepsTombstones => account.Options.DeletedRetention > TimeSpan.Zero;

    /// <summary>Deletes a tag; or a manifest with its tags and its referrer row.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="by">Name of the identity that deletes, for the list of restorable tags and manifests.</param>
    /// <param name="isLocked">
    /// Whether a tag is locked; null when none can be. If set, a manifest costs two more transactions, and those of
    /// <see cref="LockedIndexes"/>.
    /// </param>
    /// <param name="condition">Condition on the digest, which holds in the transaction that deletes; null for none.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<DeleteResult> DeleteAsync(
        RepositoryName name,
        Reference reference,
        string by,
        Func<Tag, bool>? isLocked,
        Precondition? condition,
        CancellationToken cancellationToken) =>
        reference.Digest is { } digest
            ? DeleteManifestAsync(account.Repository(name), digest, by, isLocked, condition, cancellationToken)
            : DeleteTagAsync(account.Repository(name), reference.Tag!, by, isLocked, condition, cancellationToken);

    [ProtocolStep(ProtocolStep.ReadTag)]
    async Task<DeleteResult> DeleteTagAsync(
        Partition repository,
        Tag tag,
        string by,
        Func<Tag, bool>? isLocked,
        Precondition? condition,
        CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is not { } row) return MissingAt(attempt);
            // The delete is conditional on this row, so a tag that moves meanwhile is evaluated again.
            if (condition?.Holds(row.GetDigest(Columns.Digest)) == false) return new DeleteResult(DeleteStatus.ConditionFailed);
            if (isLocked?.Invoke(tag) == true) return new DeleteResult(DeleteStatus.Locked, tag);
            if (await SubmitDeleteTagAsync(repository, tag, row, by, withManifest: false, cancellationToken))
                return new DeleteResult(DeleteStatus.Deleted);
        }
    }

    [ProtocolStep(ProtocolStep.ReadManifest)]
    async Task<DeleteResult> DeleteManifestAsync(
        Partition repository,
        Digest digest,
        string by,
        Func<Tag, bool>? isLocked,
        Precondition? condition,
        CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row)
                return MissingAt(attempt);
            if (condition?.Holds(digest) == false) return new DeleteResult(DeleteStatus.ConditionFailed);
            // One of its tags may be locked: the next attempt sees it, or the push has failed.
            if (isLocked is not null && (await LockedIndexes.PendingAsync(repository, cancellationToken)).Contains(digest)) continue;
            // Check before the first delete: many tags take several transactions.
            if (isLocked is not null && await TagStore.FirstOfAsync(repository, digest, isLocked, cancellationToken) is { } locked)
                return new DeleteResult(DeleteStatus.Locked, locked);
            if (isLocked is not null && await LockedIndexes.FindAsync(repository, digest, isLocked, cancellationToken) is { } held)
                return new DeleteResult(DeleteStatus.Locked, held.Tag, held.Index);
            if (await SubmitDeleteManifestAsync(repository, digest, row, by, isLocked, maySplit: () => true, cancellationToken))
                return new DeleteResult(DeleteStatus.Deleted);
        }
    }

    /// <summary>Deletes a tag, if its row is unchanged.</summary>
    /// <returns>Whether it was deleted.</returns>
    internal async Task<bool> DeleteTagAsItWasAsync(
        RepositoryName name, Tag tag, ETag match, string by, bool withManifest, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        return await repository.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken) is { } row && row.ETag == match
            && await SubmitDeleteTagAsync(repository, tag, row, by, withManifest, cancellationToken);
    }

    /// <summary>Deletes a manifest with its tags, if its row is unchanged.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Digest of the manifest.</param>
    /// <param name="match">ETag of its row.</param>
    /// <param name="by">Name of the identity that deletes.</param>
    /// <param name="isLocked">Whether a tag is locked; null when none can be.</param>
    /// <param name="maySplit">
    /// Whether tags that do not fit into one transaction with it (<see cref="MaxTagsAtOnce"/>) may be deleted by another before; asked
    /// for each.
    /// </param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Whether it was deleted.</returns>
    internal async Task<bool> DeleteManifestAsItWasAsync(
        RepositoryName name,
        Digest digest,
        ETag match,
        string by,
        Func<Tag, bool>? isLocked,
        Func<bool> maySplit,
        CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        return await repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is { } row && row.ETag == match
            && await SubmitDeleteManifestAsync(repository, digest, row, by, isLocked, maySplit, cancellationToken);
    }

    /// <summary>A row that is missing at a later attempt existed at the first: an earlier attempt or another request deleted it.</summary>
    static DeleteResult MissingAt(int attempt) => new(attempt > 0 ? DeleteStatus.Deleted : DeleteStatus.Unknown);

    /// <summary>Deletes a tag whose row is unchanged.</summary>
    [ProtocolStep(ProtocolStep.DeleteTag)]
    async Task<bool> SubmitDeleteTagAsync(
        Partition repository, Tag tag, TableEntity row, string by, bool withManifest, CancellationToken cancellationToken)
    {
        var digest = row.GetDigest(Columns.Digest);
        var actions = new List<TableTransactionAction>
        {
            repository.Delete(Layout.Tag(tag), row.ETag),
            repository.Delete(Layout.TagOf(digest, tag), ETag.All),
            PullRecords.Untag(repository, digest, time.GetUtcNow()),
        };
        if (KeepsTombstones)
            actions.Add(Partition.Put(FillTombstone(repository.Row(Layout.Deleted(tag)), row, digest, by, withManifest)));
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }

    /// <summary>Deletes a manifest whose row is unchanged, with its current tags.</summary>
    /// <remarks>
    /// A request that tags the manifest meanwhile rewrites its row, so the delete fails: no tag is left without its manifest, and no
    /// locked tag is deleted.
    /// </remarks>
    [ProtocolStep(ProtocolStep.ScanTagsOf)]
    [ProtocolStep(ProtocolStep.DeleteManifest)]
    async Task<bool> SubmitDeleteManifestAsync(
        Partition repository,
        Digest digest,
        TableEntity row,
        string by,
        Func<Tag, bool>? isLocked,
        Func<bool> maySplit,
        CancellationToken cancellationToken)
    {
        var prefix = Layout.TagsOfPrefix(digest);
        var actions = new List<TableTransactionAction>();
        await foreach (var tagged in repository.ScanAsync(prefix, ["PartitionKey", "RowKey"], cancellationToken))
        {
            var tag = tagged.RowKey[prefix.Length..];
            // Written since the check: the next attempt refuses the deletion.
            if (isLocked is not null && Tag.TryParse(tag, out var parsed) && isLocked(parsed)) return false;
            // The two rows of a tag change together, so an unchanged d: proves that its t: is unchanged.
            actions.Add(repository.Delete(tagged.RowKey, tagged.ETag));
            actions.Add(repository.Delete(Layout.TagPrefix + tag, ETag.All));
            if (KeepsTombstones)
            {
                actions.Add(Partition.Put(FillTombstone(repository.Row(Layout.DeletedPrefix + tag), row, digest, by, withManifest: true)));
            }
            if (actions.Count <= Partition.MaxActions - ForManifest - ForTag) continue;
            // Only the last transaction is conditional on the manifest's row.
            if (!maySplit()) return false;
            if (await repository.SubmitAsync(actions, cancellationToken) is not null) return false;
            actions.Clear();
        }
        if (row.GetString(Columns.Subject) is { } subject)
            actions.Add(repository.Delete(Layout.Referrer(Digest.Parse(subject), digest), ETag.All));
        actions.Add(repository.Delete(Layout.Manifest(digest), row.ETag));
        if (KeepsTombstones)
        {
            var deleted = row.CopyTo(repository.Row(Layout.Deleted(digest)));
            actions.Add(Partition.Put(FillTombstone(deleted, row, digest, by, withManifest: false)));
        }
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }

    /// <summary>Fills a tombstone.</summary>
    /// <param name="deleted">The row to fill.</param>
    /// <param name="row">Row of the deleted tag or manifest, or of the tag's manifest.</param>
    /// <param name="digest">Digest of the manifest.</param>
    /// <param name="by">Name of the identity that deletes.</param>
    /// <param name="withManifest">Whether it is a tag that is deleted with its manifest, and is restored with it.</param>
    TableEntity FillTombstone(TableEntity deleted, TableEntity row, Digest digest, string by, bool withManifest)
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
