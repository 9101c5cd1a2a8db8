using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of the token endpoint (distribution, "Token Authentication Specification", "Token Response Fields").</summary>
/// <param name="Token">The access token, opaque to clients.</param>
/// <param name="AccessToken">The same token, under its OAuth 2.0 name.</param>
/// <param name="ExpiresIn">Lifetime in seconds, from <paramref name="IssuedAt"/>.</param>
/// <param name="IssuedAt">When the token was issued.</param>
/// <param name="RefreshToken">Refresh token, with which the client gets further tokens; null for none.</param>
public sealed record TokenDocument(
    [property: JsonPropertyName("token")] string Token,
    [property: JsonPropertyName("access_token")] string AccessToken,
    [property: JsonPropertyName("expires_in")] int ExpiresIn,
    [property: JsonPropertyName("issued_at")] DateTimeOffset IssuedAt,
    [property: JsonPropertyName("refresh_token")] string? RefreshToken);
