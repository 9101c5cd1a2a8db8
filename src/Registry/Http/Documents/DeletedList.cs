using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Answer of the list of what was deleted and can be restored.</summary>
public sealed record DeletedList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("deleted")] IReadOnlyList<DeletedItem> Deleted);

/// <summary>A tag or a manifest that was deleted.</summary>
/// <param name="Reference">The tag, or the digest of the manifest.</param>
/// <param name="Digest">Of the manifest that it is or pointed to.</param>
/// <param name="MediaType">Of that manifest.</param>
/// <param name="Size">Of that manifest, in bytes.</param>
/// <param name="DeletedAt">When.</param>
/// <param name="DeletedBy">Who did it, as the audit log names them.</param>
/// <param name="RestorableUntil">From then on it may be gone for good.</param>
public sealed record DeletedItem(
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("deletedAt")] DateTimeOffset DeletedAt,
    [property: JsonPropertyName("deletedBy")] string? DeletedBy,
    [property: JsonPropertyName("restorableUntil")] DateTimeOffset RestorableUntil);
