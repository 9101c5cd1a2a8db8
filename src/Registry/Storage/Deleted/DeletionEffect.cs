using Registry.Oci;

namespace Registry.Storage;

/// <summary>The effect that deleting a tag or a manifest would have.</summary>
/// <param name="Digest">Digest of the manifest.</param>
/// <param name="Tags">Tags that would be deleted.</param>
/// <param name="Manifest">Whether the manifest itself would be deleted; the deletion of a tag keeps it.</param>
/// <param name="Untagged">Whether the manifest would stay without any tag.</param>
/// <param name="Referrers">Referrers of the manifest, which would lose their subject.</param>
/// <param name="Parents">Digests of the indexes that list the manifest.</param>
/// <param name="FreedBytes">Bytes of the blobs that nothing else in the repository references.</param>
/// <param name="LockedBy">An index with a locked tag that reaches the manifest, so that the deletion would be refused.</param>
/// <param name="RestorableUntil">End of the time in which it could be restored, if it were deleted now; null when it could not be.</param>
public sealed record DeletionEffect(
    Digest Digest,
    IReadOnlyList<string> Tags,
    bool Manifest,
    bool Untagged,
    IReadOnlyList<Descriptor> Referrers,
    IReadOnlyList<string> Parents,
    long FreedBytes,
    LockedIndex? LockedBy,
    DateTimeOffset? RestorableUntil);
