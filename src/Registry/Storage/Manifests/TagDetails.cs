namespace Registry.Storage;

/// <summary>A tag and the manifest that it points to.</summary>
/// <param name="Tag">Its name.</param>
/// <param name="Digest">Of the manifest.</param>
/// <param name="MediaType">Of the manifest.</param>
/// <param name="Size">Of the manifest, in bytes.</param>
/// <param name="Changed">When the tag was pushed last.</param>
public sealed record TagDetails(string Tag, string Digest, string MediaType, long Size, DateTimeOffset? Changed);
