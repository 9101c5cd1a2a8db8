namespace Registry.Storage;

/// <summary>Something deleted that can be restored.</summary>
/// <param name="Reference">What it was called: a tag, or the digest of a manifest.</param>
/// <param name="Digest">Of the manifest that it is or pointed to.</param>
/// <param name="MediaType">Of the manifest.</param>
/// <param name="Size">Of the manifest, in bytes.</param>
/// <param name="DeletedAt">When.</param>
/// <param name="DeletedBy">Who did it.</param>
/// <param name="RestorableUntil">When a collector may take it away.</param>
public sealed record DeletedReference(
    string Reference, string Digest, string MediaType, long Size, DateTimeOffset DeletedAt, string? DeletedBy, DateTimeOffset RestorableUntil);
