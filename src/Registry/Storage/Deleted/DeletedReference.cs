namespace Registry.Storage;

/// <summary>A deleted tag or manifest that can be restored.</summary>
/// <param name="Reference">The tag, or the digest of the manifest.</param>
/// <param name="Digest">Digest of the manifest, or of the one that the tag pointed to.</param>
/// <param name="MediaType">Media type of that manifest.</param>
/// <param name="Size">Size of that manifest, in bytes.</param>
/// <param name="DeletedAt">Time of the deletion.</param>
/// <param name="DeletedBy">Name of the identity that deleted it.</param>
/// <param name="RestorableUntil">From then on a collector may remove it for good.</param>
public sealed record DeletedReference(
    string Reference,
    string Digest,
    string MediaType,
    long Size,
    DateTimeOffset DeletedAt,
    string? DeletedBy,
    DateTimeOffset RestorableUntil);
