using Registry.Oci;

namespace Registry.Storage;

/// <summary>An index with a locked tag.</summary>
/// <param name="Index">Digest of the index.</param>
/// <param name="Tag">The locked tag.</param>
public readonly record struct LockedIndex(Digest Index, Tag Tag);

/// <summary>Finds what else a locked tag holds: the children of its index, and their children.</summary>
static class LockedIndexes
{
    static readonly string[] s_manifestColumns = ["RowKey", .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];
    static readonly string[] s_tagColumns = ["RowKey", Columns.Digest];

    /// <summary>
    /// An index that reaches the manifest and has a locked tag; null when there is none. One transaction for each 1,000 manifests of the
    /// repository; for a child of an index as many again for each level above it, and one for each 1,000 tags.
    /// </summary>
    /// <remarks>
    /// Read the manifest's row before, and delete it on the condition that it is unchanged: a push of an index touches its children.
    /// </remarks>
    public static async Task<LockedIndex?> FindAsync(
        Partition repository, Digest manifest, Func<Tag, bool> isLocked, CancellationToken cancellationToken)
    {
        var indexes = await ReachingAsync(repository, manifest, cancellationToken);
        if (indexes.Count == 0) return null;
        await foreach (var row in repository.ScanAsync(Layout.TagPrefix, s_tagColumns, cancellationToken))
        {
            var index = row.GetDigest(Columns.Digest);
            if (indexes.Contains(index) && Tag.TryParse(row.RowKey[Layout.TagPrefix.Length..], out var tag) && isLocked(tag))
                return new LockedIndex(index, tag);
        }
        return null;
    }

    /// <summary>
    /// The children of indexes that are being pushed and have too many for one transaction: they were touched before the index and its
    /// tags are written, perhaps before the row of the child was read that is to be deleted. One transaction.
    /// </summary>
    /// <remarks>Read the manifest's row before, and manifests and tags after: a pending row becomes a manifest with its tags.</remarks>
    public static async Task<HashSet<Digest>> PendingAsync(Partition repository, CancellationToken cancellationToken)
    {
        var children = new HashSet<Digest>();
        await foreach (var row in repository.ScanAsync(Layout.PendingPrefix, s_manifestColumns, cancellationToken))
            children.UnionWith(PackedReferences.Read(row).Where(reference => reference.IsManifest).Select(reference => reference.Digest));
        return children;
    }

    /// <summary>The indexes that list the manifest, those that list them, and so on.</summary>
    static async Task<HashSet<Digest>> ReachingAsync(Partition repository, Digest manifest, CancellationToken cancellationToken)
    {
        var found = new HashSet<Digest>();
        // One scan for each level of nesting, so that memory does not grow with the repository.
        for (HashSet<Digest> children = [manifest], parents; children.Count > 0; children = parents)
        {
            parents = [];
            await foreach (var row in repository.ScanAsync(Layout.ManifestPrefix, s_manifestColumns, cancellationToken))
            {
                if (!PackedReferences.Read(row).Any(reference => reference.IsManifest && children.Contains(reference.Digest))) continue;
                var index = Digest.Parse(row.RowKey[Layout.ManifestPrefix.Length..]);
                if (found.Add(index)) parents.Add(index);
            }
        }
        return found;
    }
}
