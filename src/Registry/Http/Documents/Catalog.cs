using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of <c>GET /v2/_catalog</c>: the names of the repositories.</summary>
public sealed record Catalog([property: JsonPropertyName("repositories")] IReadOnlyList<string> Repositories);
