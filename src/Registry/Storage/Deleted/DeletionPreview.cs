using Registry.Oci;

namespace Registry.Storage;

/// <summary>Finds out what a delete would do, without doing it.</summary>
public sealed class DeletionPreview(StorageAccount account, ReferrerStore referrers, TimeProvider time)
{
    /// <summary>Referrers that are told of at the most.</summary>
    const int MaxReferrers = 100;

    const int ParallelReads = 16;

    static readonly string[] s_columns = ["RowKey", .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];

    /// <summary>
    /// What the delete of a tag would do costs two transactions; that of a manifest three, one for each 1,000 manifests of the repository and for each 1,000
    /// that are deleted, since any of them may need the same blobs, and one for each blob that it alone needs.
    /// </summary>
    /// <returns>Null when there is nothing to delete. Whether it would be refused is not looked at.</returns>
    public async Task<DeletionEffect?> FindAsync(RepositoryName name, Reference reference, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        if (reference.Digest is { } known) return await FindManifestAsync(name, repository, known, cancellationToken);
        if (await repository.ReadAsync(Layout.Tag(reference.Tag!), [Columns.Digest], cancellationToken) is not { } row) return null;
        var digest = row.GetDigest(Columns.Digest);
        var left = await TagStore.FirstOfAsync(repository, digest, tag => tag != reference.Tag, cancellationToken);
        return new DeletionEffect(digest, [reference.Tag!.Value], Manifest: false, Untagged: left is null, [], [], 0, Until());
    }

    async Task<DeletionEffect?> FindManifestAsync(RepositoryName name, Partition repository, Digest digest, CancellationToken cancellationToken)
    {
        if (await repository.ReadAsync(Layout.Manifest(digest), s_columns, cancellationToken) is not { } row) return null;
        var prefix = Layout.TagsOfPrefix(digest);
        var tags = new List<string>();
        await foreach (var tagged in repository.ScanAsync(prefix, ["RowKey"], cancellationToken)) tags.Add(tagged.RowKey[prefix.Length..]);
        var left = await referrers.ListAsync(name, digest, artifactType: null, last: null, MaxReferrers, cancellationToken);

        var alone = PackedReferences.Read(row).Where(held => !held.IsManifest).Select(held => held.Digest).ToHashSet();
        var parents = new List<string>();
        await foreach (var other in repository.ScanAsync(Layout.ManifestPrefix, s_columns, cancellationToken))
        {
            if (other.RowKey == row.RowKey) continue;
            var held = PackedReferences.Read(other);
            alone.ExceptWith(held.Where(reference => !reference.IsManifest).Select(reference => reference.Digest));
            if (held.Contains(new PinnedReference(digest, IsManifest: true))) parents.Add(other.RowKey[Layout.ManifestPrefix.Length..]);
        }
        // What can be restored needs its blobs, too.
        await foreach (var other in repository.ScanAsync(Layout.DeletedPrefix, s_columns, cancellationToken))
            alone.ExceptWith(PackedReferences.Read(other).Where(reference => !reference.IsManifest).Select(reference => reference.Digest));
        return new DeletionEffect(
            digest, tags, Manifest: true, Untagged: false, left.Items, parents, await SizeAsync(repository, alone, cancellationToken), Until());
    }

    static async Task<long> SizeAsync(Partition repository, IEnumerable<Digest> blobs, CancellationToken cancellationToken)
    {
        var bytes = 0L;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(blobs, parallel, async (blob, cancel) =>
        {
            if (await repository.ReadAsync(Layout.Link(blob), [Columns.Size], cancel) is { } link) Interlocked.Add(ref bytes, link.GetSize());
        });
        return bytes;
    }

    DateTimeOffset? Until() => account.Options.DeletedRetention > TimeSpan.Zero ? time.GetUtcNow() + account.Options.DeletedRetention : null;
}
