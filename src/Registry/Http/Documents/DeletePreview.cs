using System.Text.Json.Serialization;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Answer of what a delete would do.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Reference">What would be deleted: a tag or the digest of a manifest.</param>
/// <param name="Digest">Of the manifest.</param>
/// <param name="Refused">Why it would be refused; null when it would not.</param>
/// <param name="Tags">The tags that would go.</param>
/// <param name="Manifest">Whether the manifest itself would go: by tag it stays.</param>
/// <param name="Untagged">Whether it would stay without any tag.</param>
/// <param name="Referrers">What refers to the manifest, and would be left without its subject.</param>
/// <param name="Parents">Digests of the indexes that name it.</param>
/// <param name="FreedBytes">Of the blobs that nothing else in the repository needs.</param>
/// <param name="RestorableUntil">If it were deleted now; null when it could not be restored.</param>
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
