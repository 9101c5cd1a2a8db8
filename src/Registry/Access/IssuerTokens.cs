using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Registry.Policies;

namespace Registry.Access;

/// <summary>
/// Validates tokens of the OpenID Connect issuers that the policy trusts: Microsoft Entra ID, GitHub Actions, Kubernetes and others.
/// </summary>
/// <remarks>
/// Microsoft.IdentityModel validates issuer, audience, times and the signature, with keys from discovery
/// (<see cref="IssuerKeys"/>), which is repeated when a token has an unknown key. Only asymmetric algorithms are accepted: with a
/// symmetric one, a public key could serve as the secret.
/// </remarks>
public sealed class IssuerTokens(IHttpClientFactory http, TimeProvider time, ILogger<IssuerTokens> logger)
{
    /// <summary>By how much the clock of an issuer may differ.</summary>
    static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(1);

    static readonly string[] s_algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    static readonly JsonDocumentOptions s_strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    readonly JsonWebTokenHandler _handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = 24 * 1024 };
    readonly ConcurrentDictionary<string, IssuerKeys> _issuers = new();

    /// <summary>Whether a text has the form of a JSON Web Token, which is accepted as a password with any user name.</summary>
    public static bool HasForm(string text) => text.Count(c => c == '.') == 2 && text.StartsWith("ey", StringComparison.Ordinal);

    /// <summary>The identity of a token; null when the token is not valid.</summary>
    /// <exception cref="IssuerUnavailableException">The issuer does not return its keys.</exception>
    public async Task<Identity.Federated?> ValidateAsync(Policy policy, string token, CancellationToken cancellationToken)
    {
        if (ReadClaims(token) is not { } claims) return null;
        if (!claims.TryGetValue("iss", out var address)
            || policy.Issuers.FirstOrDefault(trusted => address is [var one] && trusted.Address == one) is not { } issuer)
        {
            return null;
        }
        // Another policy may name other hosts for the keys: then it must discover them again.
        var issuerKeys = _issuers.GetOrAdd(
            string.Join(' ', [issuer.Address, .. issuer.JwksHosts]), _ => new IssuerKeys(issuer, http, time, logger));
        var keys = await issuerKeys.GetAsync(cancellationToken);
        var result = await ValidateAsync(issuer, token, keys);
        // Waits for new keys, since clients do not retry.
        if (result.Exception is SecurityTokenSignatureKeyNotFoundException
            && await issuerKeys.GetNewerAsync(keys, cancellationToken) is var newer
            && newer != keys)
        {
            result = await ValidateAsync(issuer, token, newer);
        }
        if (!result.IsValid || claims.GetValueOrDefault("sub") is not [{ Length: > 0 } subject]) return null;
        var needed = claims.Where(claim => issuer.Claims.Contains(claim.Key)).ToDictionary();
        return new(issuer.Name, issuer.Address, subject, needed, claims["aud"]);
    }

    Task<TokenValidationResult> ValidateAsync(TrustedIssuer issuer, string token, IssuerKeys.Keys keys) =>
        _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            IssuerSigningKeys = keys.Signing,
            ValidIssuer = issuer.Address,
            ValidAudiences = issuer.Audiences,
            ValidAlgorithms = s_algorithms,
            ClockSkew = s_clockSkew,
            LifetimeValidator = IsWithinLifetime,
        });

    /// <summary>The claims of a token that is not validated yet, without claims that are objects; null when it is malformed.</summary>
    static Dictionary<string, IReadOnlyList<string>>? ReadClaims(string token)
    {
        try
        {
            var parts = token.Split('.');
            if (parts is not [var header, var payload, _]) return null;
            // Duplicate names are refused, since parsers disagree on which one counts.
            using var parsedHeader = JsonDocument.Parse(WebEncoders.Base64UrlDecode(header), s_strict);
            using var parsed = JsonDocument.Parse(WebEncoders.Base64UrlDecode(payload), s_strict);
            if (parsed.RootElement.ValueKind != JsonValueKind.Object || parsedHeader.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            // Critical extensions (RFC 7515, section 4.1.11): none is supported.
            if (parsedHeader.RootElement.TryGetProperty("crit", out _)) return null;
            var claims = new Dictionary<string, IReadOnlyList<string>>();
            foreach (var claim in parsed.RootElement.EnumerateObject())
            {
                var values = claim.Value.ValueKind == JsonValueKind.Array ? claim.Value.EnumerateArray().Select(Text) : [Text(claim.Value)];
                claims[claim.Name] = [.. values.OfType<string>()];
            }
            return claims;
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException)
        {
            return null;
        }
    }

    static string? Text(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString(),
        JsonValueKind.Number or JsonValueKind.True or JsonValueKind.False => value.GetRawText(),
        _ => null,
    };

    /// <summary>Validates the lifetime by the registry's clock. A token without exp is invalid.</summary>
    bool IsWithinLifetime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
    {
        var now = time.GetUtcNow().UtcDateTime;
        return expires is { } end && now < end + s_clockSkew && (notBefore is null || notBefore - s_clockSkew <= now);
    }
}
