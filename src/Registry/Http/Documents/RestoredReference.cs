using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of a restoration.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Reference">The restored tag, or digest of the restored manifest.</param>
/// <param name="Tags">The tags that were restored.</param>
public sealed record RestoredReference(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("reference")] string Reference,
    [property: JsonPropertyName("tags")] IReadOnlyList<string> Tags);
