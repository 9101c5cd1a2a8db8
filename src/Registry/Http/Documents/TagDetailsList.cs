using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Answer of the list of tags with what they point to.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Actions">What the caller may do there, in the words of the policy.</param>
/// <param name="Tags">In the order of their bytes.</param>
public sealed record TagDetailsList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("actions")] IReadOnlyList<string> Actions,
    [property: JsonPropertyName("tags")] IReadOnlyList<TagItem> Tags);

/// <summary>A tag and the manifest that it points to.</summary>
/// <param name="Tag">Its name.</param>
/// <param name="Digest">Of the manifest.</param>
/// <param name="MediaType">Of the manifest.</param>
/// <param name="Size">Of the manifest, in bytes.</param>
/// <param name="Changed">When the tag was pushed last.</param>
public sealed record TagItem(
    [property: JsonPropertyName("tag")] string Tag,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("changed")] DateTimeOffset? Changed);
