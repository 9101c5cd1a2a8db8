using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Writes manifests, with their tags, referrer rows and holds on what they reference, in one transaction.</summary>
public sealed class ManifestWriter(
    StorageAccount account,
    CatalogStore catalog,
    BlobStore blobs,
    ManifestCache cache,
    IOptions<RegistryOptions> options,
    TimeProvider time)
{
    /// <summary>Tags of one push: each takes four actions of a transaction.</summary>
    public const int MaxTags = 20;

    const int ParallelReads = 16;

    /// <summary>
    /// Stores a manifest: with one tag and up to 90 references two transactions, three for a process's first in a repository.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="push">What is to be stored.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="ContentionException">Others moved the same tag again and again in between.</exception>
    public async Task<PutResult> PutAsync(RepositoryName name, ManifestPush push, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(push);
        await catalog.AddAsync(name, cancellationToken);
        var repository = account.Repository(name);
        var manifest = push.Manifest;
        var (references, missing) = await ResolveAsync(repository, manifest.References, cancellationToken);
        if (missing is not null) return new PutResult(PutStatus.ReferenceMissing, missing);
        BlobLink? body = null;
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            body = await blobs.StoreAsync(name, manifest.Digest, manifest.Content, deadline.Token);
            references.Add(new PinnedReference(manifest.Digest, IsManifest: false));
        }
        return await StoreAsync(repository, push with { References = references, Body = body }, deadline.Token);
    }

    /// <summary>Stores a manifest whose references and body are known: one that was deleted is put back.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="push">What is to be stored.</param>
    /// <param name="cancellationToken">Ends the request, and is cancelled when it takes too long.</param>
    internal async Task<PutResult> StoreAsync(Partition repository, ManifestPush push, CancellationToken cancellationToken)
    {
        var result = await WriteAsync(repository, push, cancellationToken);
        if (result.Status == PutStatus.Stored) cache.Add(push.Manifest.Digest, push.Manifest.Content.ToArray());
        return result;
    }

    /// <summary>Decides what is pinned: as a rule by the kind of reference alone; only odd kinds are looked up here.</summary>
    async Task<(List<PinnedReference> Found, Digest? Missing)> ResolveAsync(
        Partition repository, IReadOnlyList<ManifestReference> references, CancellationToken cancellationToken)
    {
        var found = new PinnedReference?[references.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, references.Count, parallel, async (i, cancel) =>
        {
            var (digest, kind) = references[i];
            if (options.Value.AcceptSparseManifests) kind = ReferenceKind.Optional;
            var (asManifest, asBlob) = (new PinnedReference(digest, IsManifest: true), new PinnedReference(digest, IsManifest: false));
            if (kind is ReferenceKind.Blob or ReferenceKind.Manifest) found[i] = kind == ReferenceKind.Manifest ? asManifest : asBlob;
            else if (await repository.ReadAsync(asManifest.Key, ["RowKey"], cancel) is not null) found[i] = asManifest;
            else if (await repository.ReadAsync(asBlob.Key, ["RowKey"], cancel) is not null) found[i] = asBlob;
        });
        var missing = options.Value.AcceptSparseManifests
            ? null
            : references.Where((r, i) => found[i] is null && r.Kind == ReferenceKind.Either).Select(r => r.Digest).FirstOrDefault();
        return ([.. found.OfType<PinnedReference>()], missing);
    }

    /// <summary>Pins what the manifest references, reads its tags and commits; again from the tags on when others have moved them.</summary>
    async Task<PutResult> WriteAsync(Partition repository, ManifestPush push, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        await using var write = new PinnedWrite(repository, push.Manifest.Digest, push.References, push.MaxRows);
        if (await write.PinAsync(cancellationToken) is { } unpinned) return new PutResult(PutStatus.ReferenceMissing, unpinned.Digest);
        for (var attempts = 0; ; attempts++)
        {
            await Contention.BeforeAsync(attempts, cancellationToken);
            var tags = await ReadTagsAsync(repository, push.Tags, cancellationToken);
            if (tags.Count > 0 && write.HasWritten(tags[0])) return new PutResult(PutStatus.Stored);
            if (FindRefusal(push, tags) is { } refusal) return refusal;
            var (match, typeRefusal) = await LookFirstAsync(repository, push, cancellationToken);
            if (typeRefusal is not null) return typeRefusal.Value;

            var result = await write.CommitAsync(Rows(repository, push, match, tags, write.Attempt, now), cancellationToken);
            switch (result.Status)
            {
                // This takes no longer than its deadline, so no collector has deleted the pending row.
                case PinnedStatus.Committed or PinnedStatus.PendingMissing: return new PutResult(PutStatus.Stored);
                case PinnedStatus.ReferenceMissing: return new PutResult(PutStatus.ReferenceMissing, result.Missing!.Value.Digest);
                case PinnedStatus.ConditionFailed when result.Failed is { } failed && failed == push.With: return new PutResult(PutStatus.Refused);
            }
        }
    }

    [ProtocolStep(ProtocolStep.ReadTag)]
    static async Task<IReadOnlyList<TableEntity?>> ReadTagsAsync(
        Partition repository, IReadOnlyList<Tag> tags, CancellationToken cancellationToken)
    {
        var rows = new TableEntity?[tags.Count];
        for (var t = 0; t < tags.Count; t++) rows[t] = await repository.ReadAsync(Layout.Tag(tags[t]), columns: null, cancellationToken);
        return rows;
    }

    /// <summary>Why the tags, as they were read, must not be moved; null when they may be.</summary>
    static PutResult? FindRefusal(ManifestPush push, IReadOnlyList<TableEntity?> tags)
    {
        if (push.Condition is { } condition && tags.Count > 0 && !condition.Holds(tags[0]?.GetDigest(Columns.Digest)))
            return new PutResult(PutStatus.ConditionFailed);
        if (!push.LooksFirst) return null;
        foreach (var (tag, row) in push.Tags.Zip(tags))
        {
            if (TagRows.LeftFor(push.Manifest.Digest, row) is null) continue;
            if (push.IsFixed?.Invoke(tag) == true) return new PutResult(PutStatus.TagImmutable, Taken: tag);
            if (!push.MayOverwrite) return new PutResult(PutStatus.TagExists, Taken: tag);
        }
        return null;
    }

    /// <summary>Looks at the manifest's own row, where the push asks for that.</summary>
    /// <returns>The row's ETag, null when it is not there; or why its media type must not be changed.</returns>
    static async Task<(ETag? Match, PutResult? Refusal)> LookFirstAsync(
        Partition repository, ManifestPush push, CancellationToken cancellationToken)
    {
        var manifest = push.Manifest;
        if (!push.LooksFirst) return default;
        var there = await repository.ReadAsync(Layout.Manifest(manifest.Digest), [Columns.MediaType], cancellationToken);
        if (there is null) return default;
        if (there.GetString(Columns.MediaType) == manifest.MediaType) return (there.ETag, null);
        // A tag that comes later rewrites the manifest's row, and then this is asked again.
        if (push.IsFixed is { } isFixed && await TagStore.FirstOfAsync(repository, manifest.Digest, isFixed, cancellationToken) is { } tag)
            return (null, new PutResult(PutStatus.MediaTypeImmutable, Taken: tag));
        return push.MayOverwrite ? (there.ETag, null) : (null, new PutResult(PutStatus.MediaTypeConflict));
    }

    /// <summary>
    /// What is written: <c>m:</c> and <c>r:</c>, <c>t:</c> and <c>d:</c> of each tag, <c>l:</c> of the manifests that tags leave, and what
    /// else is to be done.
    /// </summary>
    static List<TableTransactionAction> Rows(
        Partition repository, ManifestPush push, ETag? match, IReadOnlyList<TableEntity?> tags, string attempt, DateTimeOffset now)
    {
        var manifest = push.Manifest;
        var row = ManifestRows.Manifest(repository, manifest, push.References, push.Body?.ObjectId, now);
        // What was looked at must still be so: then it is what it was, or not there.
        var write = !push.LooksFirst ? Partition.Put(row) : match is { } known ? Partition.Replace(row, known) : Partition.Insert(row);
        List<TableTransactionAction> rows = [write];
        if (ManifestRows.Referrer(repository, manifest) is { } referrer) rows.Add(Partition.Put(referrer));
        foreach (var (tag, current) in push.Tags.Zip(tags))
        {
            var pointed = TagRows.Tag(repository, tag, manifest.Digest, manifest.MediaType, manifest.Content.Length, now, attempt);
            rows.AddRange(TagRows.Point(repository, tag, pointed, current));
        }
        var left = tags.Select(current => TagRows.LeftFor(manifest.Digest, current)).OfType<Digest>().Distinct();
        rows.AddRange(left.Select(old => PullRecords.Untag(repository, old, now)));
        if (push.With is not null) rows.Add(push.With);
        return rows;
    }
}
