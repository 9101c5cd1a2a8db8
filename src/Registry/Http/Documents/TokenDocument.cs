using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Answer of the token endpoint (distribution, "Token Authentication Specification", "Token Response Fields").</summary>
/// <param name="Token">Opaque.</param>
/// <param name="AccessToken">The same, as OAuth calls it.</param>
/// <param name="ExpiresIn">Seconds from <paramref name="IssuedAt"/>.</param>
/// <param name="IssuedAt">When it was made.</param>
/// <param name="RefreshToken">To get further tokens for; null for none.</param>
public sealed record TokenDocument(
    [property: JsonPropertyName("token")] string Token,
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("issued_at")] DateTimeOffset IssuedAt,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken);
