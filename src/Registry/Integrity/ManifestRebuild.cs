using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>
/// Writes a lost <c>m:</c> row again from an object that has its bytes: manifests over 256 KiB are stored in the container.
/// </summary>
sealed class ManifestRebuild(CheckContext context, RepositoryName name)
{
    /// <summary>Maximum depth of nested indexes.</summary>
    const int MaxDepth = 8;

    readonly Partition _repository = context.Account.Repository(name);
    readonly LinkRepair _links = new(context);

    /// <summary>Finds a manifest in the container; null when it is not stored there.</summary>
    /// <param name="digest">Digest of the manifest.</param>
    /// <param name="mediaType">Media type of the manifest, where it is known.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public async Task<Manifest?> FindAsync(Digest digest, string? mediaType, CancellationToken cancellationToken)
    {
        await foreach (var item in context.Objects.ListAsync(digest, cancellationToken))
        {
            if (await context.Objects.ReadManifestAsync(digest, item.Id, cancellationToken) is not { } body) continue;
            // Bytes of unknown media types are accepted as they are, but a layer does not become a manifest because a tag points to it.
            if (ManifestAssessment.Parse(mediaType, body, digest.Algorithm) is { } manifest) return manifest;
        }
        return null;
    }

    /// <summary>Writes the row and its referrer row, and restores what the manifest references.</summary>
    /// <param name="digest">Digest of the manifest.</param>
    /// <param name="mediaType">Media type of the manifest, where it is known.</param>
    /// <param name="pushed">Time of the push, where it is known.</param>
    /// <param name="with">Actions in the same transaction, which fails unless the manifest is still needed.</param>
    /// <param name="cancellationToken">Cancels the repair.</param>
    public Task RunAsync(
        Digest digest,
        string? mediaType,
        DateTimeOffset? pushed,
        IReadOnlyList<TableTransactionAction> with,
        CancellationToken cancellationToken) =>
        RunAsync(digest, mediaType, pushed, with, MaxDepth, cancellationToken);

    async Task<bool> RunAsync(
        Digest digest,
        string? mediaType,
        DateTimeOffset? pushed,
        IReadOnlyList<TableTransactionAction> with,
        int depth,
        CancellationToken cancellationToken)
    {
        if (depth == 0 || await FindAsync(digest, mediaType, cancellationToken) is not { } manifest) return false;
        var pinned = new List<PinnedReference>();
        foreach (var reference in manifest.References)
        {
            // An optional reference that is missing may never have been pushed.
            if (reference.Kind == ReferenceKind.Optional)
                pinned.AddRange((await ReferenceResolver.ResolveAsync(_repository, [reference], sparse: false, cancellationToken)).Pinned);
            else if (await PinAsync(reference.Digest, reference.Kind, depth, cancellationToken) is { } found) pinned.Add(found);
            else return false;
        }
        string? body = null;
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            if (await PinAsync(digest, ReferenceKind.Blob, depth, cancellationToken) is not { } self) return false;
            pinned.Add(self);
            body = (await _repository.ReadAsync(Layout.Link(digest), [Columns.Object], cancellationToken))?.GetText(Columns.Object);
            if (body is null) return false;
        }
        List<TableTransactionAction> rows =
            [Partition.Insert(ManifestRows.Manifest(_repository, manifest, pinned, body, pushed ?? context.Time.GetUtcNow())), .. with];
        // The referrer row may be in the transaction already, as its condition.
        if (ManifestRows.Referrer(_repository, manifest) is { } referrer && with.All(action => action.Entity.RowKey != referrer.RowKey))
            rows.Add(Partition.Put(referrer));
        return (await PinnedWrite.RunAsync(_repository, digest, pinned, rows, cancellationToken)).Status == PinnedStatus.Committed;
    }

    /// <summary>Finds content that a manifest references in the repository, or restores it there; null when neither is possible.</summary>
    async Task<PinnedReference?> PinAsync(Digest digest, ReferenceKind kind, int depth, CancellationToken cancellationToken)
    {
        if (kind != ReferenceKind.Blob && await _repository.ReadAsync(Layout.Manifest(digest), ["RowKey"], cancellationToken) is not null)
            return new(digest, true);
        if (kind != ReferenceKind.Manifest && await _repository.ReadAsync(Layout.Link(digest), ["RowKey"], cancellationToken) is not null)
            return new(digest, false);
        if (kind == ReferenceKind.Manifest)
            return await RunAsync(digest, null, null, [], depth - 1, cancellationToken) ? new(digest, true) : null;
        return await _links.LinkAsync(name, digest, condition: null, cancellationToken) ? new(digest, false) : null;
    }
}
