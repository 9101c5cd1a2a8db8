using Registry.Oci;

namespace Registry.Storage;

/// <summary>How a restoration ended.</summary>
/// <param name="Status">How.</param>
/// <param name="Digest">The manifest that it is about, or that the tag pointed to.</param>
/// <param name="Missing">What was missing.</param>
/// <param name="Tags">The tags that are there again.</param>
public readonly record struct RestoreResult(RestoreStatus Status, Digest? Digest = null, Digest? Missing = null, IReadOnlyList<Tag>? Tags = null);
