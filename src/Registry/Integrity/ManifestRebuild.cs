using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>
/// Writes a lost <c>m:</c> anew, from an object that has its bytes: those of manifests over 256 KiB lie in the container.
/// </summary>
sealed class ManifestRebuild(CheckContext context, RepositoryName name)
{
    /// <summary>An index may have indexes for children; nobody has them deeper.</summary>
    const int MaxDepth = 8;

    readonly Partition _repository = context.Account.Repository(name);
    readonly LinkRepair _links = new(context);

    /// <summary>The manifest as it is stored in the container; null when it is not.</summary>
    /// <param name="digest">Of it.</param>
    /// <param name="mediaType">What is known of its type.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<Manifest?> FindAsync(Digest digest, string? mediaType, CancellationToken cancellationToken)
    {
        await foreach (var item in context.Objects.ListAsync(digest, cancellationToken))
        {
            if (await context.Objects.ReadManifestAsync(digest, item.Id, cancellationToken) is not { } body) continue;
            // Bytes of unknown types are accepted as they are; but a layer is no manifest because somebody says so.
            if (ManifestAssessment.Parse(mediaType, body, digest.Algorithm) is { } manifest) return manifest;
        }
        return null;
    }

    /// <summary>Writes the row and what belongs to it, with all that it needs.</summary>
    /// <param name="digest">Of the manifest.</param>
    /// <param name="mediaType">What is known of its type.</param>
    /// <param name="pushed">When it was pushed, as far as that is known.</param>
    /// <param name="with">Written in the same transaction: vouches that the manifest is wanted still.</param>
    /// <param name="cancellationToken">Ends it.</param>
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
        var held = new List<PinnedReference>();
        foreach (var (reference, kind) in manifest.References)
        {
            if (await HoldAsync(reference, kind, depth, cancellationToken) is { } found) held.Add(found);
            else if (kind != ReferenceKind.Optional && !context.AcceptSparse) return false;
        }
        string? body = null;
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            if (await HoldAsync(digest, ReferenceKind.Blob, depth, cancellationToken) is not { } self) return false;
            held.Add(self);
            body = (await _repository.ReadAsync(Layout.Link(digest), [Columns.Object], cancellationToken))?.GetText(Columns.Object);
            if (body is null) return false;
        }
        List<TableTransactionAction> rows =
            [Partition.Insert(ManifestRows.Manifest(_repository, manifest, held, body, pushed ?? context.Time.GetUtcNow())), .. with];
        // Where its referrer row is what vouches for it, it stands among those already.
        if (ManifestRows.Referrer(_repository, manifest) is { } referrer && with.All(action => action.Entity.RowKey != referrer.RowKey))
            rows.Add(Partition.Put(referrer));
        return (await PinnedWrite.RunAsync(_repository, digest, held, rows, cancellationToken)).Status == PinnedStatus.Committed;
    }

    /// <summary>Content that a manifest needs, as it is in the repository, or after it has been brought back there.</summary>
    async Task<PinnedReference?> HoldAsync(Digest digest, ReferenceKind kind, int depth, CancellationToken cancellationToken)
    {
        if (kind != ReferenceKind.Blob && await _repository.ReadAsync(Layout.Manifest(digest), ["RowKey"], cancellationToken) is not null)
            return new(digest, true);
        if (kind != ReferenceKind.Manifest && await _repository.ReadAsync(Layout.Link(digest), ["RowKey"], cancellationToken) is not null)
            return new(digest, false);
        // What need not be there, and is not, may have been left out.
        if (kind == ReferenceKind.Optional) return null;
        if (kind == ReferenceKind.Manifest)
            return await RunAsync(digest, null, null, [], depth - 1, cancellationToken) ? new(digest, true) : null;
        return await _links.LinkAsync(name, digest, needed: null, cancellationToken) ? new(digest, false) : null;
    }
}
