using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of the list of deleted tags and manifests that can be restored.</summary>
public sealed record DeletedList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("deleted")] IReadOnlyList<DeletedItem> Deleted);

/// <summary>A deleted tag or manifest.</summary>
/// <param name="Reference">The tag, or the digest of the manifest.</param>
/// <param name="Digest">Digest of the manifest, or of that to which the tag pointed.</param>
/// <param name="MediaType">Media type of that manifest.</param>
/// <param name="Size">Size of that manifest, in bytes.</param>
/// <param name="DeletedAt">When it was deleted.</param>
/// <param name="DeletedBy">The identity that deleted it, as in the audit log; null where none was recorded.</param>
/// <param name="RestorableUntil">After this time it may be purged.</param>
public sealed record DeletedItem(
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("deletedAt")] DateTimeOffset DeletedAt,
    [property: JsonPropertyName("deletedBy")] string? DeletedBy,
    [property: JsonPropertyName("restorableUntil")] DateTimeOffset RestorableUntil);
