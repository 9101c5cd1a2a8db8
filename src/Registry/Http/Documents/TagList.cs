using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of end-8: the tags of a repository, in byte order.</summary>
public sealed record TagList(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);
