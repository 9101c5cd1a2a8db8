using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Answer to end-8: the tags of a repository, in the order of their bytes.</summary>
public sealed record TagList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);
