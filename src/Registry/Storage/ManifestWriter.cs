using Azure;
using Azure.Data.Tables;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>What must hold for a tag to be moved: that it points to one of these digests, or that it does not exist.</summary>
/// <remarks>RFC 9110, sections 13.1.1 and 13.1.2; the entity tag of a manifest is its digest.</remarks>
public sealed record TagCondition(bool MustExist, bool MustNotExist, IReadOnlyCollection<string> Digests)
{
    internal bool Holds(Digest? current) => MustNotExist ? current is null
        : current is not null && (MustExist || Digests.Contains(current.ToString()));
}

/// <summary>How a push of a manifest ended.</summary>
public enum PutStatus
{
    Stored,

    /// <summary>It needs content that the repository does not have.</summary>
    ReferenceMissing,

    /// <summary>The tag is not what the client demanded.</summary>
    ConditionFailed,

    /// <summary>A tag points to another manifest, and must not be moved.</summary>
    TagTaken,

    /// <summary>A tag points to another manifest, and nobody may move it.</summary>
    TagFixed,

    /// <summary>A tag that nobody may move points to the manifest, which is there with another media type.</summary>
    TypeFixed,

    /// <summary>What was to be done with it in the same transaction could not be.</summary>
    Refused,

    /// <summary>The manifest is there with another media type, which must not be changed: whoever pulls its tags would get another thing.</summary>
    TypeTaken,
}

/// <summary>How a push of a manifest ended; what was missing, or which tag is taken.</summary>
public readonly record struct PutResult(PutStatus Status, Digest? Missing = null, Tag? Taken = null);

/// <summary>Writes manifests, with their tags, referrer rows and holds on what they reference, in one transaction.</summary>
public sealed class ManifestWriter(
    StorageAccount account, CatalogStore catalog, BlobStore blobs, ManifestCache cache, IOptions<RegistryOptions> options, TimeProvider time)
{
    /// <summary>Tags of one push: each takes four actions of a transaction.</summary>
    public const int MaxTags = 20;

    const int ParallelReads = 16;

    /// <summary>Stores a manifest: with one tag and up to 90 references two transactions, three for a process's first in a repository.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="manifest">Parsed from what was pushed.</param>
    /// <param name="tags">The tags that are to point to it, <see cref="MaxTags"/> at most; none for a push by digest.</param>
    /// <param name="condition">What must hold for the first tag; null for nothing.</param>
    /// <param name="mayOverwrite">
    /// Whether tags that point to other manifests may be moved, and a manifest that is there may get another media type. Who may not
    /// costs a transaction more, to see whether it is there.
    /// </param>
    /// <param name="isFixed">
    /// Which tags nobody may move, once they exist; null for none. Where there may be some, a push costs a transaction more, as above.
    /// </param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <exception cref="ContentionException">Others moved the same tag again and again in between.</exception>
    public async Task<PutResult> PutAsync(
        RepositoryName name, Manifest manifest, IReadOnlyList<Tag> tags, TagCondition? condition, bool mayOverwrite, Func<Tag, bool>? isFixed, CancellationToken cancellationToken)
    {
        await catalog.AddAsync(name, cancellationToken);
        var repository = account.Repository(name);
        var held = await ResolveAsync(repository, manifest.References, cancellationToken);
        if (held.Missing is not null) return new PutResult(PutStatus.ReferenceMissing, held.Missing);
        var references = held.Found;
        BlobLink? body = null;
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            body = await blobs.StoreAsync(name, manifest.Digest, manifest.Content, deadline.Token);
            references.Add(new HeldReference(manifest.Digest, IsManifest: false));
        }

        var push = new Push(repository, manifest, tags, condition, mayOverwrite, isFixed, references, body, null, Layout.NewId(), time.GetUtcNow());
        return await StoreAsync(push, manifest, deadline.Token);
    }

    /// <summary>Puts a manifest back that was deleted and is not there; another one of other type that has come meanwhile stays.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="manifest">As it was.</param>
    /// <param name="references">What it held, and must be there still.</param>
    /// <param name="body">The object with its bytes; null when they lie in its row.</param>
    /// <param name="with">Done in the same transaction, or nothing is.</param>
    /// <param name="cancellationToken">Ends the request, and is cancelled when it takes too long.</param>
    internal Task<PutResult> RestoreAsync(
        Partition repository, Manifest manifest, List<HeldReference> references, BlobLink? body, TableTransactionAction with, CancellationToken cancellationToken) =>
        StoreAsync(new Push(repository, manifest, [], null, mayOverwrite: false, isFixed: null, references, body, with, Layout.NewId(), time.GetUtcNow()), manifest, cancellationToken);

    async Task<PutResult> StoreAsync(Push push, Manifest manifest, CancellationToken cancellationToken)
    {
        var result = await push.StoreAsync(cancellationToken);
        if (result.Status == PutStatus.Stored) cache.Add(manifest.Digest, manifest.Content.ToArray());
        return result;
    }

    /// <summary>Decides what is held: as a rule by the kind of reference alone; only odd kinds are looked up here.</summary>
    async Task<(List<HeldReference> Found, Digest? Missing)> ResolveAsync(
        Partition repository, IReadOnlyList<ManifestReference> references, CancellationToken cancellationToken)
    {
        var found = new HeldReference?[references.Count];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, references.Count, parallel, async (i, cancel) =>
        {
            var (digest, kind) = references[i];
            if (options.Value.AcceptSparseManifests) kind = ReferenceKind.Optional;
            if (kind is ReferenceKind.Blob or ReferenceKind.Manifest) found[i] = new HeldReference(digest, kind == ReferenceKind.Manifest);
            else if (await repository.ReadAsync(Layout.Manifest(digest), ["RowKey"], cancel) is not null) found[i] = new HeldReference(digest, true);
            else if (await repository.ReadAsync(Layout.Link(digest), ["RowKey"], cancel) is not null) found[i] = new HeldReference(digest, false);
        });
        var missing = options.Value.AcceptSparseManifests
            ? null
            : references.Where((r, i) => found[i] is null && r.Kind == ReferenceKind.Either).Select(r => r.Digest).FirstOrDefault();
        return ([.. found.OfType<HeldReference>()], missing);
    }

    /// <summary>One push of one manifest, with the rows that it writes.</summary>
    sealed class Push(
        Partition repository,
        Manifest manifest,
        IReadOnlyList<Tag> tags,
        TagCondition? condition,
        bool mayOverwrite,
        Func<Tag, bool>? isFixed,
        List<HeldReference> references,
        BlobLink? body,
        TableTransactionAction? with,
        string attempt,
        DateTimeOffset now)
    {
        string PendingKey => Layout.Pending(manifest.Digest, attempt);

        /// <summary>Whether the manifest's own row is read, so that it is only changed if it may be.</summary>
        bool LooksFirst => !mayOverwrite || isFixed is not null;

        [ProtocolStep(ProtocolStep.DeletePending)]
        public async Task<PutResult> StoreAsync(CancellationToken cancellationToken)
        {
            // Besides the touches: m:, r:, p:, what else is to be done, and four for each tag.
            var atOnce = references.Count + 4 + 4 * tags.Count <= Partition.MaxActions;
            if (atOnce) return await StoreAsync(atOnce, cancellationToken);
            var stored = false;
            try
            {
                var result = await HoldAsync(cancellationToken) is { } missing
                    ? new PutResult(PutStatus.ReferenceMissing, missing)
                    : await StoreAsync(atOnce, cancellationToken);
                stored = result.Status == PutStatus.Stored;
                return result;
            }
            finally
            {
                // However it ended, also by the client going away. A transaction still under way fails without its row.
                if (!stored) await repository.Table.DeleteEntityAsync(repository.Key, PendingKey, ETag.All, CancellationToken.None);
            }
        }

        [ProtocolStep(ProtocolStep.ReadTag)]
        [ProtocolStep(ProtocolStep.PutManifest)]
        async Task<PutResult> StoreAsync(bool atOnce, CancellationToken cancellationToken)
        {
            for (var attempts = 0; ; attempts++)
            {
                await Contention.BeforeAsync(attempts, cancellationToken);
                var current = new TableEntity?[tags.Count];
                for (var t = 0; t < tags.Count; t++)
                    current[t] = await repository.ReadAsync(Layout.Tag(tags[t]), columns: null, cancellationToken);
                if (tags.Count > 0 && current[0]?.GetString(Columns.Attempt) == attempt) return new PutResult(PutStatus.Stored);
                if (condition is not null && tags.Count > 0 && !condition.Holds(current[0]?.GetDigest(Columns.Digest)))
                    return new PutResult(PutStatus.ConditionFailed);
                for (var t = 0; LooksFirst && t < tags.Count; t++)
                {
                    if (current[t] is not { } other || other.GetDigest(Columns.Digest) == manifest.Digest) continue;
                    if (isFixed?.Invoke(tags[t]) == true) return new PutResult(PutStatus.TagFixed, Taken: tags[t]);
                    if (!mayOverwrite) return new PutResult(PutStatus.TagTaken, Taken: tags[t]);
                }

                ETag? known = null;
                if (LooksFirst && await repository.ReadAsync(Layout.Manifest(manifest.Digest), [Columns.MediaType], cancellationToken) is { } there)
                {
                    if (there.GetString(Columns.MediaType) != manifest.MediaType)
                    {
                        if (await FindFixedAsync(cancellationToken) is { } pinned) return new PutResult(PutStatus.TypeFixed, Taken: pinned);
                        if (!mayOverwrite) return new PutResult(PutStatus.TypeTaken);
                    }
                    known = there.ETag;
                }

                List<TableTransactionAction> actions = atOnce ? [.. references.Select(Touch)] : [];
                var touches = actions.Count;
                AddManifest(actions, known);
                for (var t = 0; t < tags.Count; t++) AddTag(actions, tags[t], current[t]);
                actions.AddRange(current.Select(Left).OfType<Digest>().Distinct().Select(old => ManifestUses.Untag(repository, old, now)));
                if (with is not null) actions.Add(with);
                if (!atOnce) actions.Add(repository.Delete(PendingKey, ETag.All));

                var conflict = await repository.SubmitAsync(actions, cancellationToken);
                if (conflict is null) return new PutResult(PutStatus.Stored);
                if (conflict is { RowMissing: true } c && c.Index >= 0 && c.Index < touches) return new PutResult(PutStatus.ReferenceMissing, references[c.Index].Digest);
                if (with is not null && conflict.Value.Index >= 0 && ReferenceEquals(actions[conflict.Value.Index], with)) return new PutResult(PutStatus.Refused);
                // The row of this attempt alone is gone: an earlier answer was lost, and the transaction was done.
                if (!atOnce && conflict is { RowMissing: true } d && d.Index == actions.Count - 1) return new PutResult(PutStatus.Stored);
            }
        }

        /// <summary>
        /// Too many references for one transaction: a row that names them all comes first, so that they cannot be deleted once
        /// they have been found there.
        /// </summary>
        /// <returns>A reference that is missing; null when all are held.</returns>
        [ProtocolStep(ProtocolStep.HoldPending)]
        [ProtocolStep(ProtocolStep.TouchReferences)]
        async Task<Digest?> HoldAsync(CancellationToken cancellationToken)
        {
            var pending = repository.Row(PendingKey);
            PackedReferences.Write(pending, references);
            await repository.Table.UpsertEntityAsync(pending, TableUpdateMode.Replace, cancellationToken);
            foreach (var batch in references.Chunk(Partition.MaxActions))
            {
                for (var attempts = 0; ; attempts++)
                {
                    await Contention.BeforeAsync(attempts, cancellationToken);
                    var conflict = await repository.SubmitAsync(batch.Select(Touch), cancellationToken);
                    if (conflict is null) break;
                    if (conflict is { RowMissing: true, Index: >= 0 } missing) return batch[missing.Index].Digest;
                }
            }
            return null;
        }

        /// <summary>A tag of the manifest that nobody may move. One that comes later rewrites the manifest's row, and then this is asked again.</summary>
        async Task<Tag?> FindFixedAsync(CancellationToken cancellationToken) => isFixed is null ? null
            : await TagStore.FirstOfAsync(repository, manifest.Digest, isFixed, cancellationToken);

        TableTransactionAction Touch(HeldReference reference) => HoldingWrite.Touch(repository, reference);

        void AddManifest(List<TableTransactionAction> actions, ETag? known)
        {
            var row = ManifestRows.Manifest(repository, manifest, references, body?.ObjectId, now);
            // What was looked at must still be so: then it is what it was, or not there.
            actions.Add(!LooksFirst ? Partition.Put(row) : known is { } match ? Partition.Replace(row, match) : Partition.Insert(row));
            if (ManifestRows.Referrer(repository, manifest) is { } referrer) actions.Add(Partition.Put(referrer));
        }

        /// <summary>The manifest that a tag leaves for this one; null for none.</summary>
        Digest? Left(TableEntity? tag) => tag?.GetDigest(Columns.Digest) is { } old && old != manifest.Digest ? old : null;

        void AddTag(List<TableTransactionAction> actions, Tag tag, TableEntity? current)
        {
            var row = repository.Row(Layout.Tag(tag));
            row[Columns.Digest] = manifest.Digest.ToString();
            row[Columns.MediaType] = manifest.MediaType;
            row[Columns.Size] = (long)manifest.Content.Length;
            row[Columns.Pushed] = now;
            row[Columns.Attempt] = attempt;
            actions.Add(current is null ? Partition.Insert(row) : Partition.Replace(row, current.ETag));
            actions.Add(Partition.Put(repository.Row(Layout.TagOf(manifest.Digest, tag))));
            if (Left(current) is { } old) actions.Add(repository.Delete(Layout.TagOf(old, tag), ETag.All));
        }
    }
}
