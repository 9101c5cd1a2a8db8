using System.Text.Json.Serialization;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Response of the preview of a delete.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Reference">The tag, or digest of the manifest, to delete.</param>
/// <param name="Digest">Digest of the manifest.</param>
/// <param name="Refused">Why the delete would be refused; null when it would succeed.</param>
/// <param name="Tags">The tags that would be deleted.</param>
/// <param name="Manifest">Whether the manifest itself would be deleted; a delete by tag keeps it.</param>
/// <param name="Untagged">Whether the manifest would be kept and have no tag any more.</param>
/// <param name="Referrers">Referrers of the manifest, whose subject would be missing.</param>
/// <param name="Parents">Digests of the indexes that list it as a child.</param>
/// <param name="FreedBytes">Size in bytes of the blobs that nothing else in the repository references.</param>
/// <param name="RestorableUntil">Until when it could be restored if it were deleted now; null when it could not be.</param>
public sealed record DeletePreview(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("refused")] string? Refused,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags,
    [property: JsonPropertyName("manifest")] bool Manifest,
    [property: JsonPropertyName("untagged")] bool Untagged,
    [property: JsonPropertyName("referrers")] IReadOnlyList<Descriptor> Referrers,
    [property: JsonPropertyName("parents")] IReadOnlyList<string> Parents,
    [property: JsonPropertyName("freedBytes")] long FreedBytes,
    [property: JsonPropertyName("restorableUntil")] DateTimeOffset? RestorableUntil);
