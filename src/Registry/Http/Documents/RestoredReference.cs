using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Answer to a restoration.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Reference">What was asked for.</param>
/// <param name="Tags">The tags that are there again.</param>
public sealed record RestoredReference(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);
