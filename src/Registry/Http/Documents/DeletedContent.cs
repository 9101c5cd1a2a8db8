using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of a deletion of all tags and manifests of a repository.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Deleted">Number of manifests that this request deleted, with their tags.</param>
/// <param name="Left">Number of manifests that are left; repeat the request until it is 0.</param>
public sealed record DeletedContent(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("deleted")] int Deleted,
    [property: JsonPropertyName("left")] int Left);
