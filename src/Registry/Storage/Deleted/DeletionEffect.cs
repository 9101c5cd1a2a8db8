using Registry.Oci;

namespace Registry.Storage;

/// <summary>What a delete of a tag or a manifest would do.</summary>
/// <param name="Digest">Of the manifest.</param>
/// <param name="Tags">The tags that would go.</param>
/// <param name="Manifest">Whether the manifest itself would go: by tag it stays.</param>
/// <param name="Untagged">Whether it would stay without any tag.</param>
/// <param name="Referrers">What refers to the manifest, and would be left without its subject.</param>
/// <param name="Parents">Digests of the indexes that name it.</param>
/// <param name="FreedBytes">Of the blobs that nothing else in the repository needs.</param>
/// <param name="RestorableUntil">If it were deleted now; null when it could not be restored.</param>
public sealed record DeletionEffect(
    Digest Digest,
    IReadOnlyList<string> Tags,
    bool Manifest,
    bool Untagged,
    IReadOnlyList<Descriptor> Referrers,
    IReadOnlyList<string> Parents,
    long FreedBytes,
    DateTimeOffset? RestorableUntil);
