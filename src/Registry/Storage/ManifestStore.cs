using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>A manifest as it is read: what its answer's headers say, and its bytes unless only those were asked for.</summary>
public sealed record StoredManifest(Digest Digest, string MediaType, long Size, ReadOnlyMemory<byte> Content);

/// <summary>How a delete ended.</summary>
public enum DeleteStatus
{
    Deleted,

    /// <summary>There was nothing to delete.</summary>
    Unknown,

    /// <summary>It is a tag that nobody may delete, or a manifest to which one points.</summary>
    Locked,
}

/// <summary>How a delete ended; which tag is locked.</summary>
public readonly record struct DeleteResult(DeleteStatus Status, Tag? Locked = null);

/// <summary>Reads and deletes manifests; <see cref="ManifestWriter"/> writes them.</summary>
public sealed class ManifestStore(StorageAccount account, ManifestCache cache)
{
    /// <summary>Longer ones lie in the container, as a blob that the repository links and the manifest references.</summary>
    internal const int MaxInlineSize = 256 * 1024;

    static readonly string[] s_headColumns = [Columns.MediaType, Columns.Size];
    static readonly string[] s_tagColumns = [Columns.Digest, Columns.MediaType, Columns.Size];
    static readonly string[] s_bodyColumns = [.. s_headColumns, Columns.Object, .. Columns.ForBytes(Columns.Body, MaxInlineSize)];

    /// <summary>Reads a manifest: by tag two transactions, one when its bytes are cached or not asked for; by digest one.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="withContent">Whether its bytes are needed.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when it is not there.</returns>
    public async Task<StoredManifest?> FindAsync(RepositoryName name, Reference reference, bool withContent, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        if (reference.Digest is { } known) return await ReadAsync(repository, known, withContent, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Tag(reference.Tag!), s_tagColumns, cancellationToken) is not { } tag) return null;
            var digest = tag.GetDigest(Columns.Digest);
            var cached = withContent ? cache.Find(digest) : null;
            if (!withContent || cached is not null) return Describe(tag, digest, cached);
            // Gone in between: then the tag points elsewhere, or is gone too.
            if (await ReadAsync(repository, digest, withContent, cancellationToken) is { } manifest) return Describe(tag, digest, manifest.Content);
        }
    }

    /// <summary>Deletes a tag, or a manifest with its tags and its place among the referrers.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="isLocked">Which tags nobody may delete; null for none. Where there may be some, a manifest's tags are looked at first: a transaction more.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<DeleteResult> DeleteAsync(RepositoryName name, Reference reference, Func<Tag, bool>? isLocked, CancellationToken cancellationToken) =>
        reference.Digest is { } digest
            ? DeleteManifestAsync(account.Repository(name), digest, isLocked, cancellationToken)
            : DeleteTagAsync(account.Repository(name), reference.Tag!, isLocked, cancellationToken);

    static async Task<DeleteResult> DeleteTagAsync(Partition repository, Tag tag, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Tag(tag), [Columns.Digest], cancellationToken) is not { } row) return Gone(attempt);
            if (isLocked?.Invoke(tag) == true) return new DeleteResult(DeleteStatus.Locked, tag);
            var actions = new[]
            {
                repository.Delete(Layout.Tag(tag), row.ETag),
                repository.Delete(Layout.TagOf(row.GetDigest(Columns.Digest), tag), Azure.ETag.All),
            };
            if (await repository.SubmitAsync(actions, cancellationToken) is null) return new DeleteResult(DeleteStatus.Deleted);
        }
    }

    /// <remarks>
    /// Whoever tags the manifest meanwhile rewrites its row, and then this starts again: no tag is left behind without it, and none that is locked is
    /// taken along.
    /// </remarks>
    static async Task<DeleteResult> DeleteManifestAsync(Partition repository, Digest digest, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Manifest(digest), [Columns.Subject], cancellationToken) is not { } row) return Gone(attempt);
            // Before anything is deleted: many tags take several transactions.
            if (isLocked is not null && await TagStore.FirstOfAsync(repository, digest, isLocked, cancellationToken) is { } locked) return new DeleteResult(DeleteStatus.Locked, locked);
            var prefix = Layout.TagsOfPrefix(digest);
            var actions = new List<TableTransactionAction>();
            var conflict = false;
            await foreach (var tagged in repository.ScanAsync(prefix, ["RowKey"], cancellationToken))
            {
                // It has come since, and is refused at the next attempt.
                if (isLocked is not null && Tag.TryParse(tagged.RowKey[prefix.Length..], out var tag) && (conflict |= isLocked(tag))) break;
                // The two rows of a tag change together, so an unchanged d: vouches for its t:.
                actions.Add(repository.Delete(tagged.RowKey, tagged.ETag));
                actions.Add(repository.Delete(Layout.TagPrefix + tagged.RowKey[prefix.Length..], Azure.ETag.All));
                if (actions.Count < Partition.MaxActions - 2) continue;
                conflict |= await repository.SubmitAsync(actions, cancellationToken) is not null;
                actions.Clear();
            }
            if (row.GetString(Columns.Subject) is { } subject)
                actions.Add(repository.Delete(Layout.Referrer(Digest.Parse(subject), digest), Azure.ETag.All));
            actions.Add(repository.Delete(Layout.Manifest(digest), row.ETag));
            if (!conflict && await repository.SubmitAsync(actions, cancellationToken) is null) return new DeleteResult(DeleteStatus.Deleted);
        }
    }

    /// <summary>What is gone at a later attempt was there at the first.</summary>
    static DeleteResult Gone(int attempt) => new(attempt > 0 ? DeleteStatus.Deleted : DeleteStatus.Unknown);

    async Task<StoredManifest?> ReadAsync(Partition repository, Digest digest, bool withContent, CancellationToken cancellationToken)
    {
        var cached = withContent ? cache.Find(digest) : null;
        var columns = withContent && cached is null ? s_bodyColumns : s_headColumns;
        if (await repository.ReadAsync(Layout.Manifest(digest), columns, cancellationToken) is not { } row) return null;
        if (!withContent || cached is not null) return Describe(row, digest, cached);

        var content = row.GetBytes(Columns.Body);
        if (row.GetString(Columns.Object) is { } id)
        {
            var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id));
            content = (await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToArray();
        }
        cache.Add(digest, content);
        return Describe(row, digest, content);
    }

    static StoredManifest Describe(TableEntity row, Digest digest, ReadOnlyMemory<byte> content) =>
        new(digest, row.GetString(Columns.MediaType), row.GetSize(), content);
}
