namespace Registry.Storage;

/// <summary>Outcome of a deletion of a blob: deleted, not found, or refused since a manifest references it.</summary>
/// <param name="Deleted">Whether the link was deleted.</param>
/// <param name="NeededBy">Digest of a manifest that references the blob; null when none does.</param>
public sealed record BlobDeletion(bool Deleted, string? NeededBy);
