namespace Registry.Storage;

/// <summary>A tag and the manifest that it points to.</summary>
/// <param name="Tag">Name of the tag.</param>
/// <param name="Digest">Digest of the manifest.</param>
/// <param name="MediaType">Media type of the manifest.</param>
/// <param name="Size">Size of the manifest, in bytes.</param>
/// <param name="Changed">Time at which the tag was last pushed.</param>
public sealed record TagDetails(string Tag, string Digest, string MediaType, long Size, DateTimeOffset? Changed);
