using Registry.Oci;

namespace Registry.Storage;

/// <summary>Outcome of a restore.</summary>
/// <param name="Status">Whether it was restored, or why not.</param>
/// <param name="Digest">Digest of the manifest, or of the one that the tag pointed to.</param>
/// <param name="Missing">The blob or child that is missing; null unless the status is <see cref="RestoreStatus.ReferenceMissing"/>.</param>
/// <param name="Tags">Tags that exist again.</param>
public readonly record struct RestoreResult(
    RestoreStatus Status, Digest? Digest = null, Digest? Missing = null, IReadOnlyList<Tag>? Tags = null);
