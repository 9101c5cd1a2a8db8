using Registry.Oci;

namespace Registry.Storage;

/// <summary>Finds the effect of a deletion without deleting anything.</summary>
public sealed class DeletionPreview(StorageAccount account, ReferrerStore referrers, TimeProvider time)
{
    /// <summary>Maximum number of referrers that are returned.</summary>
    const int MaxReferrers = 100;

    const int ParallelReads = 16;

    static readonly string[] s_columns = ["RowKey", .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];

    /// <summary>
    /// The preview of a tag costs two transactions. That of a manifest costs three, one for each 1,000 manifests of the repository and
    /// for each 1,000 that can be restored, since any of them may reference the same blobs, and one for each blob that only it references.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="isLocked">Whether a tag is locked; null when none can be. If set, a child of an index costs more reads.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Null when the tag or manifest does not exist. Does not check whether one of its own tags is locked.</returns>
    public async Task<DeletionEffect?> FindAsync(
        RepositoryName name, Reference reference, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        if (reference.Digest is { } manifest) return await FindManifestAsync(name, repository, manifest, isLocked, cancellationToken);
        if (await repository.ReadAsync(Layout.Tag(reference.Tag!), [Columns.Digest], cancellationToken) is not { } row) return null;
        var digest = row.GetDigest(Columns.Digest);
        var otherTag = await TagStore.FirstOfAsync(repository, digest, tag => tag != reference.Tag, cancellationToken);
        return new DeletionEffect(
            digest, [reference.Tag!.Value], Manifest: false, Untagged: otherTag is null, [], [], FreedBytes: 0, LockedBy: null,
            RestorableUntil());
    }

    async Task<DeletionEffect?> FindManifestAsync(
        RepositoryName name, Partition repository, Digest digest, Func<Tag, bool>? isLocked, CancellationToken cancellationToken)
    {
        if (await repository.ReadAsync(Layout.Manifest(digest), s_columns, cancellationToken) is not { } row) return null;
        var prefix = Layout.TagsOfPrefix(digest);
        var tags = new List<string>();
        await foreach (var tagged in repository.ScanAsync(prefix, ["RowKey"], cancellationToken)) tags.Add(tagged.RowKey[prefix.Length..]);
        var referring = await referrers.ListAsync(
            name, digest, artifactType: null, last: null, MaxReferrers, withAnnotations: true, cancellationToken);

        var onlyHere = BlobsOf(PackedReferences.Read(row)).ToHashSet();
        var parents = new List<string>();
        await foreach (var other in repository.ScanAsync(Layout.ManifestPrefix, s_columns, cancellationToken))
        {
            if (other.RowKey == row.RowKey) continue;
            var references = PackedReferences.Read(other);
            onlyHere.ExceptWith(BlobsOf(references));
            if (references.Any(reference => reference.IsManifest && reference.Digest == digest))
                parents.Add(other.RowKey[Layout.ManifestPrefix.Length..]);
        }
        // Tombstones reference their blobs, too.
        await foreach (var other in repository.ScanAsync(Layout.DeletedPrefix, s_columns, cancellationToken))
            onlyHere.ExceptWith(BlobsOf(PackedReferences.Read(other)));
        var freed = await SizeAsync(repository, onlyHere, cancellationToken);
        var lockedBy = isLocked is null || parents.Count == 0
            ? null
            : await LockedIndexes.FindAsync(repository, digest, isLocked, cancellationToken);
        return new DeletionEffect(
            digest, tags, Manifest: true, Untagged: false, referring.Items, parents, freed, lockedBy, RestorableUntil());
    }

    static IEnumerable<Digest> BlobsOf(List<PinnedReference> references) =>
        references.Where(reference => !reference.IsManifest).Select(reference => reference.Digest);

    static async Task<long> SizeAsync(Partition repository, IEnumerable<Digest> blobs, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(blobs, parallel, async (blob, cancel) =>
        {
            if (await repository.ReadAsync(Layout.Link(blob), [Columns.Size], cancel) is { } link)
                Interlocked.Add(ref bytes, link.GetSize());
        });
        return bytes;
    }

    DateTimeOffset? RestorableUntil() =>
        account.Options.DeletedRetention > TimeSpan.Zero ? time.GetUtcNow() + account.Options.DeletedRetention : null;
}
