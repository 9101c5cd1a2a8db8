using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// The deleted tags and manifests that can be restored (tombstones, <c>x:</c>), kept for
/// <see cref="StorageOptions.DeletedRetention"/>.
/// </summary>
public sealed class DeletedStore(
    StorageAccount account, CatalogStore catalog, ManifestStore manifests, ManifestWriter writer, TimeProvider time)
{
    static readonly string[] s_columns =
    [
        "RowKey", "Timestamp", Columns.Digest, Columns.MediaType, Columns.Size, Columns.Deleted, Columns.DeletedBy, Columns.DeletedWith,
    ];

    static readonly string[] s_described = ["PartitionKey", "RowKey", Columns.MediaType, Columns.Size];

    /// <summary>One page of tags and digests that can be restored, in the order of their text: one transaction.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="last">Only tags and digests after this text; null for the first page.</param>
    /// <param name="count">Maximum number of items, 1 to 1,000.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Page<DeletedReference>> ListAsync(RepositoryName name, string? last, int count, CancellationToken cancellationToken)
    {
        var after = last is null ? null : Layout.DeletedPrefix + last;
        var (rows, more) = await account.Repository(name)
            .PageAsync(Layout.DeletedPrefix, after, count, s_columns, where: null, cancellationToken);
        return new Page<DeletedReference>([.. rows.Select(Describe)], more);
    }

    /// <summary>
    /// Restores a tag, with its manifest if that was deleted, too; or a manifest with the tags that were deleted with it and do not
    /// point elsewhere now.
    /// </summary>
    public Task<RestoreResult> RestoreAsync(RepositoryName name, Reference reference, CancellationToken cancellationToken) =>
        reference.Digest is { } digest
            ? RestoreWithTagsAsync(name, digest, cancellationToken)
            : RestoreTagAsync(name, reference.Tag!, cancellationToken);

    /// <summary>
    /// Deletes a tombstone for good; that of a manifest with those of the tags that were deleted with it. Content that nothing else
    /// references becomes garbage.
    /// </summary>
    /// <returns>Whether the tombstone existed.</returns>
    public async Task<bool> PurgeAsync(RepositoryName name, Reference reference, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        var tags = new ConditionalBatch(repository);
        if (reference.Digest is { } digest)
        {
            await foreach (var (_, row) in TagsOfAsync(repository, digest, cancellationToken))
                await tags.AddAsync(repository.Delete(row.RowKey, row.ETag), _ => { }, cancellationToken);
        }
        await tags.FlushAsync(cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(KeyOf(reference), ["RowKey"], cancellationToken) is not { } row) return attempt > 0;
            if (await repository.SubmitAsync([repository.Delete(KeyOf(reference), row.ETag)], cancellationToken) is null) return true;
        }
    }

    static string KeyOf(Reference reference) =>
        reference.Digest is { } digest ? Layout.Deleted(digest) : Layout.Deleted(reference.Tag!);

    DeletedReference Describe(TableEntity row) => new(
        row.RowKey[Layout.DeletedPrefix.Length..],
        row.GetString(Columns.Digest),
        row.GetString(Columns.MediaType),
        row.GetSize(),
        row.GetDateTimeOffset(Columns.Deleted) ?? default,
        row.GetString(Columns.DeletedBy),
        (row.Timestamp ?? default) + account.Options.DeletedRetention);

    /// <summary>The tombstones of the tags that were deleted with a manifest.</summary>
    static async IAsyncEnumerable<(Tag Tag, TableEntity Row)> TagsOfAsync(
        Partition repository, Digest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var row in repository.ScanAsync(Layout.DeletedPrefix, s_columns, cancellationToken))
        {
            var isOfManifest = row.GetBoolean(Columns.DeletedWith) == true && row.GetString(Columns.Digest) == digest.ToString();
            if (isOfManifest && Tag.TryParse(row.RowKey[Layout.DeletedPrefix.Length..], out var tag)) yield return (tag, row);
        }
    }

    async Task<RestoreResult> RestoreWithTagsAsync(RepositoryName name, Digest digest, CancellationToken cancellationToken)
    {
        var result = await RestoreManifestAsync(name, digest, cancellationToken);
        if (result.Status != RestoreStatus.Restored) return result;
        var repository = account.Repository(name);
        var tags = new List<Tag>();
        await foreach (var group in TagsOfAsync(repository, digest, cancellationToken).Chunk(ManifestDeleter.MaxTagsAtOnce))
        {
            var atOnce = await repository.ReadAsync(Layout.Manifest(digest), s_described, cancellationToken) is { } manifest
                && await SubmitRestoreTagsAsync(repository, digest, manifest, group, cancellationToken);
            foreach (var (tag, _) in group)
            {
                // One by one where some exist. A tag that points to another manifest now is not moved.
                if (atOnce || (await RestoreTagAsync(name, tag, cancellationToken)).Status == RestoreStatus.Restored) tags.Add(tag);
            }
        }
        return result with { Tags = tags };
    }

    /// <summary>
    /// Restores by a normal push that deletes the tombstone in the same transaction. A manifest that was pushed again stays unchanged.
    /// </summary>
    [ProtocolStep(ProtocolStep.ReadDeleted)]
    async Task<RestoreResult> RestoreManifestAsync(RepositoryName name, Digest digest, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            var exists = await repository.ReadAsync(Layout.Manifest(digest), ["RowKey"], cancellationToken) is not null;
            if (await repository.ReadAsync(Layout.Deleted(digest), columns: null, cancellationToken) is not { } row)
                return new(exists ? RestoreStatus.Restored : RestoreStatus.Unknown, digest);
            if (exists)
            {
                var removal = new[] { Partition.Touch(repository.Row(Layout.Manifest(digest))), repository.Delete(row.RowKey, row.ETag) };
                if (await repository.SubmitAsync(removal, cancellationToken) is null) return new(RestoreStatus.Restored, digest);
                continue;
            }
            var references = await ReferenceResolver.PinPresentAsync(repository, PackedReferences.Read(row), cancellationToken);
            // As every push. The tombstone keeps the repository in the catalog, so nothing is undone.
            catalog.Keep(await catalog.AddAsync(name, cancellationToken));
            var result = await PutBackAsync(repository, digest, row, references, cancellationToken);
            if (result.Status == PutStatus.Stored) return new(RestoreStatus.Restored, digest);
            if (result.Status != PutStatus.ReferenceMissing) continue;
            // A child of an index was deleted, too. All children are restored before the next attempt.
            if (!references.Contains(new PinnedReference(result.Missing!, IsManifest: true)))
                return new(RestoreStatus.ReferenceMissing, digest, result.Missing);
            if (await RestoreChildrenAsync(name, references, cancellationToken) is { } missing)
                return new(RestoreStatus.ReferenceMissing, digest, missing);
        }
    }

    async Task<PutResult> PutBackAsync(
        Partition repository, Digest digest, TableEntity row, List<PinnedReference> references, CancellationToken cancellationToken)
    {
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        TableEntity? link = null;
        // A manifest that is too large for its row is stored as a blob. It may have been deleted, and pushed again as another object.
        if (row.ContainsKey(Columns.Object))
        {
            link = await repository.ReadAsync(Layout.Link(digest), columns: null, deadline.Token);
            if (link is null) return new PutResult(PutStatus.ReferenceMissing, digest);
        }
        var content = await manifests.ReadBodyAsync(link ?? row, digest, deadline.Token);
        var manifest = Read(row, digest, content);
        var body = link is null ? null : new BlobLink(digest, link.GetString(Columns.Object), link.GetSize());
        deadline.ThrowIfExpired();
        var push = new ManifestPush
        {
            Manifest = manifest,
            // If it was pushed again with another media type, that one stays.
            MayOverwrite = false,
            References = references,
            Body = body,
            With = repository.Delete(row.RowKey, row.ETag),
        };
        return await writer.StoreAsync(repository, push, deadline.Token);
    }

    /// <summary>The manifest. One that is no longer accepted was, when it was pushed: it is described by its row.</summary>
    static Manifest Read(TableEntity row, Digest digest, byte[] content)
    {
        var type = row.GetString(Columns.MediaType);
        try
        {
            return Manifest.Parse(type, content, digest.Algorithm);
        }
        catch (ManifestFormatException)
        {
            var subject = row.GetString(Columns.Subject) is { } text ? Digest.Parse(text) : null;
            return new Manifest(type, digest, content, row.GetString(Columns.ArtifactType), subject, AnnotationsRange: null, []);
        }
    }

    /// <returns>A child that cannot be restored; null when all of them exist.</returns>
    async Task<Digest?> RestoreChildrenAsync(RepositoryName name, List<PinnedReference> references, CancellationToken cancellationToken)
    {
        foreach (var reference in references)
        {
            if (!reference.IsManifest || reference.IsOptional) continue;
            var result = await RestoreManifestAsync(name, reference.Digest, cancellationToken);
            if (result.Status != RestoreStatus.Restored) return reference.Digest;
        }
        return null;
    }

    async Task<RestoreResult> RestoreTagAsync(RepositoryName name, Tag tag, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            var current = await repository.ReadAsync(Layout.Tag(tag), [Columns.Digest], cancellationToken);
            if (await repository.ReadAsync(Layout.Deleted(tag), columns: null, cancellationToken) is not { } row)
            {
                return current is null
                    ? new(RestoreStatus.Unknown)
                    : new(RestoreStatus.Restored, current.GetDigest(Columns.Digest), Tags: [tag]);
            }
            var digest = row.GetDigest(Columns.Digest);
            if (current is not null && current.GetDigest(Columns.Digest) != digest) return new(RestoreStatus.TagExists, digest);

            if (await repository.ReadAsync(Layout.Manifest(digest), s_described, cancellationToken) is not { } manifest)
            {
                var result = await RestoreManifestAsync(name, digest, cancellationToken);
                if (result.Status == RestoreStatus.Unknown) return new(RestoreStatus.ManifestGone, digest);
                if (result.Status != RestoreStatus.Restored) return result;
                continue;
            }
            var restored = current is null
                ? await SubmitRestoreTagsAsync(repository, digest, manifest, [(tag, row)], cancellationToken)
                : await repository.SubmitAsync(
                    [repository.Unchanged(manifest), repository.Delete(row.RowKey, row.ETag)], cancellationToken) is null;
            if (restored) return new(RestoreStatus.Restored, digest, Tags: [tag]);
        }
    }

    /// <summary>
    /// Restores tags that do not exist, all or none. They get the media type of the manifest as it is now, which may have been pushed
    /// again with another one.
    /// </summary>
    async Task<bool> SubmitRestoreTagsAsync(
        Partition repository,
        Digest digest,
        TableEntity manifest,
        IReadOnlyList<(Tag Tag, TableEntity Deleted)> tags,
        CancellationToken cancellationToken)
    {
        // Written as by every push of a tag, so that a concurrent deletion of the manifest fails.
        List<TableTransactionAction> actions = [repository.Unchanged(manifest)];
        foreach (var (tag, deleted) in tags)
        {
            var row = TagRows.Tag(
                repository, tag, digest, manifest.GetString(Columns.MediaType), manifest.GetSize(), time.GetUtcNow(), Layout.NewId());
            actions.Add(repository.Delete(deleted.RowKey, deleted.ETag));
            actions.AddRange(TagRows.Point(repository, tag, row, current: null));
        }
        return await repository.SubmitAsync(actions, cancellationToken) is null;
    }
}
