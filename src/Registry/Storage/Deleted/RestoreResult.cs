using Registry.Oci;

namespace Registry.Storage;

/// <summary>Outcome of a restore.</summary>
/// <param name="Status">Whether it was restored, or why not.</param>
/// <param name="Digest">Digest of the manifest, or of the one that the tag pointed to.</param>
/// <param name="Missing">The blob or child that is missing; null unless the status is <see cref="RestoreStatus.ReferenceMissing"/>.</param>
/// <param name="Tags">Tags that exist again.</param>
public readonly record struct RestoreResult(
    RestoreStatus Status, Digest? Digest = null, Digest? Missing = null, IReadOnlyList<Tag>? Tags = null);

/// <summary>Whether a tag or manifest was restored, or why not.</summary>
public enum RestoreStatus
{
    /// <summary>The tag or manifest exists: it was restored now, or was not deleted.</summary>
    Restored,

    /// <summary>Neither the tag or manifest nor a tombstone of it exists.</summary>
    Unknown,

    /// <summary>A blob or child that the manifest references was deleted separately.</summary>
    ReferenceMissing,

    /// <summary>The manifest that the tag pointed to was removed for good.</summary>
    ManifestGone,

    /// <summary>The tag points to another manifest now.</summary>
    TagExists,
}
