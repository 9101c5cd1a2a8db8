using System.Collections.Concurrent;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Protocols;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using Registry.Policies;

namespace Registry.Access;

/// <summary>
/// Validates tokens of the OpenID Connect issuers that the policy trusts: Microsoft Entra ID, GitHub Actions, Kubernetes and others.
/// </summary>
/// <remarks>
/// Microsoft.IdentityModel validates issuer, audience, times and the signature, with keys from discovery, which is repeated when
/// keys change. Only asymmetric algorithms are accepted: with a symmetric one, a public key could serve as the secret.
/// </remarks>
public sealed class IssuerTokens(IHttpClientFactory http, TimeProvider time)
{
    /// <summary>Name of the HTTP client that gets discovery documents and keys of issuers.</summary>
    public const string HttpClientName = "Registry.Issuers";

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
    readonly ConcurrentDictionary<string, ConfigurationManager<OpenIdConnectConfiguration>> _issuers = new();

    // Waits for new keys. Otherwise a token that is signed with a new key is refused during discovery, and clients do not retry.
    static IssuerTokens() => AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);

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
        var keys = _issuers.GetOrAdd(issuer.Address, Discover);
        try
        {
            await keys.GetConfigurationAsync(cancellationToken);
        }
        catch (InvalidOperationException e)
        {
            throw new IssuerUnavailableException(issuer.Address, e);
        }
        var result = await _handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ConfigurationManager = keys,
            ValidIssuer = issuer.Address,
            ValidAudiences = issuer.Audiences,
            ValidAlgorithms = s_algorithms,
            ClockSkew = s_clockSkew,
            LifetimeValidator = IsWithinLifetime,
        });
        if (!result.IsValid || claims.GetValueOrDefault("sub") is not [{ Length: > 0 } subject]) return null;
        return new(issuer.Name, issuer.Address, subject, claims.Where(claim => issuer.Claims.Contains(claim.Key)).ToDictionary());
    }

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

    ConfigurationManager<OpenIdConnectConfiguration> Discover(string address)
    {
        var documents = new HttpDocumentRetriever(http.CreateClient(HttpClientName))
        {
            RequireHttps = address.StartsWith("https:", StringComparison.Ordinal),
        };
        return new($"{address.TrimEnd('/')}/.well-known/openid-configuration", new OpenIdConnectConfigurationRetriever(), documents)
        {
            // Minimum time between two discoveries that tokens signed with an unknown key cause.
            RefreshInterval = TimeSpan.FromSeconds(30),
            // A key that the issuer has revoked, perhaps because it was stolen, must not stay valid for another hour.
            UseLastKnownGoodConfiguration = false,
        };
    }
}
