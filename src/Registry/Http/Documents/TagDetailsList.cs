using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of the list of tags with their manifests.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Actions">Actions that the policy allows the caller in the repository, by their names in the policy.</param>
/// <param name="Tags">The tags, in byte order.</param>
public sealed record TagDetailsList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("actions")] IReadOnlyList<string> Actions,
    [property: JsonPropertyName("tags")] IReadOnlyList<TagItem> Tags);

/// <summary>A tag and the manifest that it points to.</summary>
/// <param name="Tag">Name of the tag.</param>
/// <param name="Digest">Digest of the manifest.</param>
/// <param name="MediaType">Media type of the manifest.</param>
/// <param name="Size">Size of the manifest, in bytes.</param>
/// <param name="Changed">When the tag was last pushed.</param>
public sealed record TagItem(
    [property: JsonPropertyName("tag")] string Tag,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("changed")] DateTimeOffset? Changed);
