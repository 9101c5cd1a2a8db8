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
/// Tokens of the OpenID Connect issuers that the policy trusts: Microsoft Entra ID, GitHub Actions, Kubernetes and others.
/// </summary>
/// <remarks>
/// Microsoft.IdentityModel validates them: signature, with keys found by discovery and found again when they change, issuer,
/// audience and times. Only signatures with a public key count, so that no key that everybody knows can make one.
/// </remarks>
public sealed class IssuerTokens(IHttpClientFactory http, TimeProvider time)
{
    /// <summary>Of the issuers' discovery documents and keys.</summary>
    public const string HttpClientName = "Registry.Issuers";

    /// <summary>Clocks of issuers may be as much ahead or behind.</summary>
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

    // Else a token that is signed with a new key is refused while the key is looked for, and the client does not come again.
    static IssuerTokens() => AppContext.SetSwitch("Switch.Microsoft.IdentityModel.UpdateConfigAsBlocking", true);

    /// <summary>Whether a text has the form of such a token: whoever logs in with one may give any user name.</summary>
    public static bool HasForm(string text) => text.Count(c => c == '.') == 2 && text.StartsWith("ey", StringComparison.Ordinal);

    /// <summary>Whom a token is of; null when it is not to be believed.</summary>
    /// <exception cref="IssuerUnavailableException">Nothing can be said of it now.</exception>
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
            LifetimeValidator = IsInTime,
        });
        if (!result.IsValid || claims.GetValueOrDefault("sub") is not [{ Length: > 0 } subject]) return null;
        return new(issuer.Name, issuer.Address, subject, claims.Where(claim => issuer.Claims.Contains(claim.Key)).ToDictionary());
    }

    /// <summary>The claims of a token that nobody has vouched for yet; null when it is none. Objects among them are left out.</summary>
    static Dictionary<string, IReadOnlyList<string>>? ReadClaims(string token)
    {
        try
        {
            var parts = token.Split('.');
            if (parts is not [var header, var payload, _]) return null;
            // Twice the same name would mean one thing to this reader and maybe another to the next.
            using var parsedHeader = JsonDocument.Parse(WebEncoders.Base64UrlDecode(header), s_strict);
            using var parsed = JsonDocument.Parse(WebEncoders.Base64UrlDecode(payload), s_strict);
            if (parsed.RootElement.ValueKind != JsonValueKind.Object || parsedHeader.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            // Extensions that must be understood (RFC 7515, section 4.1.11): none is.
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

    /// <summary>By the clock of the registry. A token without an end is none.</summary>
    bool IsInTime(DateTime? notBefore, DateTime? expires, SecurityToken token, TokenValidationParameters parameters)
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
            // How soon after another a token that is signed with an unknown key makes it look for new ones.
            RefreshInterval = TimeSpan.FromSeconds(30),
            // A key that the issuer has withdrawn, maybe because it was stolen, must not do for another hour.
            UseLastKnownGoodConfiguration = false,
        };
    }
}
