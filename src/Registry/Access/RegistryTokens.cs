using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>Issues and reads the registry's own tokens: encrypted, short-lived, and checked against the policy on each use.</summary>
/// <remarks>
/// To clients they are opaque (RFC 6750). ASP.NET Core Data Protection encrypts them and rotates the keys, which are stored in
/// the storage account (<see cref="TokenKeys"/>), so that every host of the registry can read the tokens.
/// </remarks>
public sealed class RegistryTokens(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Lifetime of an access token.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Lifetime of a refresh token. It limits how long a job can continue that authenticated with a token of its issuer, which
    /// lives for minutes.
    /// </summary>
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromHours(3);

    /// <summary>Distinguishes the registry's tokens from an issuer's, and lets secret scanners recognize them.</summary>
    const string AccessPrefix = "regtok_";
    const string RefreshPrefix = "regref_";

    // The number changes with the content, so that tokens with the former content are invalid.
    readonly IDataProtector _access = protection.CreateProtector("Registry.Access", "access", "2");
    readonly IDataProtector _refresh = protection.CreateProtector("Registry.Access", "refresh", "2");

    /// <summary>Whether a text can be a token of the registry.</summary>
    public static bool HasForm(string text) =>
        text.StartsWith(AccessPrefix, StringComparison.Ordinal) || text.StartsWith(RefreshPrefix, StringComparison.Ordinal);

    public string CreateAccess(Identity identity, IEnumerable<Scope> scopes) =>
        AccessPrefix + Protect(_access, new Content(identity, [.. scopes.Select(Grant.For)], time.GetUtcNow() + AccessLifetime));

    public string CreateRefresh(Identity identity) =>
        RefreshPrefix + Protect(_refresh, new Content(identity, [], time.GetUtcNow() + RefreshLifetime));

    /// <summary>Identity and scopes of an access token; null when it is not the registry's, or expired.</summary>
    public (Identity Identity, IReadOnlyList<Scope> Scopes)? ReadAccess(string token) =>
        Unprotect(_access, AccessPrefix, token) is { } content
            ? (content.Identity, [.. content.Grants.Select(grant => grant.ToScope())])
            : null;

    /// <summary>Identity of a refresh token; null when it is not the registry's, or expired.</summary>
    public Identity? ReadRefresh(string token) => Unprotect(_refresh, RefreshPrefix, token)?.Identity;

    static string Protect(IDataProtector protector, Content content) =>
        WebEncoders.Base64UrlEncode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(content, TokenJson.Default.Content)));

    Content? Unprotect(IDataProtector protector, string prefix, string token)
    {
        if (!token.StartsWith(prefix, StringComparison.Ordinal)) return null;
        try
        {
            var content = JsonSerializer.Deserialize(
                protector.Unprotect(WebEncoders.Base64UrlDecode(token[prefix.Length..])), TokenJson.Default.Content);
            return content is not null && time.GetUtcNow() < content.Expires ? content : null;
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            // Forged, modified, or encrypted with a key that no longer exists.
            return null;
        }
    }

    internal sealed record Content(
        [property: JsonPropertyName("i")] Identity Identity,
        [property: JsonPropertyName("g")] IReadOnlyList<Grant> Grants,
        [property: JsonPropertyName("e")] DateTimeOffset Expires);

    internal sealed record Grant(
        [property: JsonPropertyName("n")] string? Name, [property: JsonPropertyName("a")] RepositoryActions Actions)
    {
        public static Grant For(Scope scope) => new(scope.Name?.Value, scope.Actions);

        public Scope ToScope() => new(Name is null ? null : RepositoryName.Parse(Name), Actions);
    }
}

[JsonSerializable(typeof(RegistryTokens.Content))]
sealed partial class TokenJson : JsonSerializerContext;
