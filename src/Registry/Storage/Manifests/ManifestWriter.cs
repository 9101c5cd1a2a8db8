using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Writes manifests with their tags and referrer rows, and pins what they reference.</summary>
public sealed class ManifestWriter(
    StorageAccount account,
    CatalogStore catalog,
    BlobStore blobs,
    ManifestCache cache,
    TimeProvider time)
{
    /// <summary>Maximum number of tags in one push: each takes four actions of a transaction.</summary>
    public const int MaxTags = 20;

    /// <summary>
    /// Stores a manifest. With one tag and up to 90 references: two transactions; one more at this process's first push to the
    /// repository in a while, and two more at the first push of all.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="push">The manifest to store.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <exception cref="ContentionException">Other requests moved the same tag at every attempt.</exception>
    public async Task<PutResult> PutAsync(RepositoryName name, ManifestPush push, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(push);
        var repository = account.Repository(name);
        var manifest = push.Manifest;
        using var deadline = account.LinkDeadline(cancellationToken);
        // What is read as missing is not touched, so the manifest must be stored before a collector could delete what comes meanwhile.
        deadline.Begin();
        var (references, missing) =
            await ReferenceResolver.ResolveAsync(repository, manifest.References, push.AcceptSparse, deadline.Token);
        if (missing is not null) return new PutResult(PutStatus.ReferenceMissing, missing);
        BlobLink? body = null;
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            body = await blobs.StoreAsync(name, manifest.Digest, manifest.Content, deadline.Token);
            references.Add(new PinnedReference(manifest.Digest, IsManifest: false));
        }
        // Beside the write to the catalog, on which it does not depend.
        var tags = ReadTagsAsync(repository, push.Tags, deadline.Token);
        var entry = await catalog.AddAsync(name, deadline.Token);
        var result = await StoreAsync(repository, push with { References = references, Body = body }, deadline.Token, tags);
        // If the write was sent, or the storage may still execute it (after an exception), the row stays, and the collector decides.
        if (result.Status == PutStatus.Stored) catalog.Keep(entry);
        else if (!result.MayBeWritten) await catalog.UndoAsync(entry);
        return result;
    }

    /// <summary>Stores a manifest whose references and body are already known; also used to restore a deleted manifest.</summary>
    /// <param name="repository">Repository of the manifest.</param>
    /// <param name="push">The manifest to store.</param>
    /// <param name="cancellationToken">Cancels the request; also cancelled when its deadline has passed.</param>
    /// <param name="tags">A read of the rows of its tags that was begun before; null to read them.</param>
    internal async Task<PutResult> StoreAsync(
        Partition repository, ManifestPush push, CancellationToken cancellationToken, Task<TableEntity?[]>? tags = null)
    {
        var result = await WriteAsync(repository, push, tags, cancellationToken);
        if (result.Status == PutStatus.Stored) cache.Add(push.Manifest.Digest, push.Manifest.Content.ToArray());
        return result;
    }

    /// <summary>Pins what the manifest references, reads its tags and commits. Reads the tags again if other requests moved them.</summary>
    async Task<PutResult> WriteAsync(
        Partition repository, ManifestPush push, Task<TableEntity?[]>? reading, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var write = new PinnedWrite(repository, push.Manifest.Digest, push.References, push.MaxRows);
        if (await write.PinAsync(cancellationToken) is { } unpinned)
            return new PutResult(PutStatus.ReferenceMissing, unpinned.Digest);
        for (var attempts = 0; ; attempts++)
        {
            await Contention.BeforeAsync(attempts, cancellationToken);
            var tags = await (reading ?? ReadTagsAsync(repository, push.Tags, cancellationToken));
            reading = null;
            if (tags.Length > 0 && write.HasWritten(tags[0])) return new PutResult(PutStatus.Stored);
            if (FindRefusal(push, tags) is { } refusal) return refusal with { MayBeWritten = attempts > 0 };
            var (match, typeRefusal) = await ReadManifestFirstAsync(repository, push, cancellationToken);
            if (typeRefusal is { } refused) return refused with { MayBeWritten = attempts > 0 };

            var result = await write.CommitAsync(Rows(repository, push, match, tags, write.Attempt, now), cancellationToken);
            switch (result.Status)
            {
                // The deadline is far below the grace period, so no collector has deleted the pending row: the rows are written.
                case PinnedStatus.Committed or PinnedStatus.PendingMissing:
                    return new PutResult(PutStatus.Stored);
                case PinnedStatus.ReferenceMissing:
                    return new PutResult(PutStatus.ReferenceMissing, result.Missing!.Value.Digest);
                case PinnedStatus.ConditionFailed when result.Failed is { } failed && failed == push.With:
                    return new PutResult(PutStatus.Refused);
            }
        }
    }

    [ProtocolStep(ProtocolStep.ReadTag)]
    static Task<TableEntity?[]> ReadTagsAsync(Partition repository, IReadOnlyList<Tag> tags, CancellationToken cancellationToken) =>
        Task.WhenAll(tags.Select(tag => repository.ReadAsync(Layout.Tag(tag), columns: null, cancellationToken)));

    /// <summary>Why the push is refused because of its tags as they were read; null when it is not.</summary>
    static PutResult? FindRefusal(ManifestPush push, TableEntity?[] tags)
    {
        if (push.Condition is { } condition && tags.Length > 0 && !condition.Holds(tags[0]?.GetDigest(Columns.Digest)))
            return new PutResult(PutStatus.ConditionFailed);
        if (!push.ReadsManifestFirst) return null;
        foreach (var (tag, row) in push.Tags.Zip(tags))
        {
            if (TagRows.UntaggedBy(push.Manifest.Digest, row) is null) continue;
            if (push.IsFixed?.Invoke(tag) == true) return new PutResult(PutStatus.TagImmutable, Taken: tag);
            if (!push.MayOverwrite) return new PutResult(PutStatus.TagExists, Taken: tag);
        }
        return null;
    }

    /// <summary>Reads the manifest's own row, if the push requires it.</summary>
    /// <returns>The row's ETag, null when it does not exist; or why the push is refused because of its media type.</returns>
    static async Task<(ETag? Match, PutResult? Refusal)> ReadManifestFirstAsync(
        Partition repository, ManifestPush push, CancellationToken cancellationToken)
    {
        var manifest = push.Manifest;
        if (!push.ReadsManifestFirst) return default;
        var existing = await repository.ReadAsync(Layout.Manifest(manifest.Digest), [Columns.MediaType], cancellationToken);
        if (push.IsConditionOnManifest && !push.Condition!.Holds(existing is null ? null : manifest.Digest))
            return (null, new PutResult(PutStatus.ConditionFailed));
        if (existing is null) return default;
        if (existing.GetString(Columns.MediaType) == manifest.MediaType) return (existing.ETag, null);
        // The rows of its tags state its media type, too. A digest with two types would be pulled as one or the other.
        return (null, new PutResult(PutStatus.MediaTypeConflict));
    }

    /// <summary>
    /// The actions: <c>m:</c> and <c>r:</c>, <c>t:</c> and <c>d:</c> of each tag, <c>l:</c> of the manifests that lose a tag, and
    /// <see cref="ManifestPush.With"/>.
    /// </summary>
    static List<TableTransactionAction> Rows(
        Partition repository, ManifestPush push, ETag? match, TableEntity?[] tags, string attempt, DateTimeOffset now)
    {
        var manifest = push.Manifest;
        var row = ManifestRows.Manifest(repository, manifest, push.References, push.Body?.ObjectId, now);
        // If the row was read, it must be unchanged: it has the ETag that was read, or is still missing.
        var write = !push.ReadsManifestFirst ? Partition.Put(row)
            : match is { } etag ? Partition.Replace(row, etag)
            : Partition.Insert(row);
        List<TableTransactionAction> rows = [write];
        if (ManifestRows.Referrer(repository, manifest) is { } referrer) rows.Add(Partition.Put(referrer));
        foreach (var (tag, current) in push.Tags.Zip(tags))
        {
            var pointed = TagRows.Tag(repository, tag, manifest.Digest, manifest.MediaType, manifest.Content.Length, now, attempt);
            rows.AddRange(TagRows.Point(repository, tag, pointed, current));
        }
        var untagged = tags.Select(current => TagRows.UntaggedBy(manifest.Digest, current)).OfType<Digest>().Distinct();
        rows.AddRange(untagged.Select(old => PullRecords.Untag(repository, old, now)));
        if (push.With is not null) rows.Add(push.With);
        return rows;
    }
}
