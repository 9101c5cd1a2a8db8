using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>The tokens that the registry itself gives out: sealed, short-lived, and checked against the policy again on each use.</summary>
/// <remarks>
/// To clients they are opaque (RFC 6750). .NET's data protection seals them, and keeps and renews the keys, which lie in the
/// storage account (<see cref="TokenKeys"/>), so that every host of the registry can read them.
/// </remarks>
public sealed class RegistryTokens(IDataProtectionProvider protection, TimeProvider time)
{
    /// <summary>Of a token that opens requests.</summary>
    public static readonly TimeSpan AccessLifetime = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Of a token that others are given for (OAuth's refresh token): so long a job that logged in with a token of its issuer,
    /// which lives for minutes, may go on.
    /// </summary>
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromHours(3);

    /// <summary>The prefix tells them from an issuer's, and scanners of source code what they have found.</summary>
    const string AccessPrefix = "regtok_";
    const string RefreshPrefix = "regref_";

    readonly IDataProtector _access = protection.CreateProtector("Registry.Access", "access");
    readonly IDataProtector _refresh = protection.CreateProtector("Registry.Access", "refresh");

    public string CreateAccess(Identity identity, IEnumerable<Scope> scopes) =>
        AccessPrefix + Seal(_access, new Content(identity, [.. scopes.Select(Grant.For)], time.GetUtcNow() + AccessLifetime));

    public string CreateRefresh(Identity identity) =>
        RefreshPrefix + Seal(_refresh, new Content(identity, [], time.GetUtcNow() + RefreshLifetime));

    /// <summary>Whom an access token was given to and what for; null when it is none of ours, or expired.</summary>
    public (Identity Identity, IReadOnlyList<Scope> Scopes)? ReadAccess(string token) =>
        Open(_access, AccessPrefix, token) is { } content
            ? (content.Identity, [.. content.Grants.Select(grant => grant.ToScope())])
            : null;

    /// <summary>Whom a refresh token was given to; null when it is none of ours, or expired.</summary>
    public Identity? ReadRefresh(string token) => Open(_refresh, RefreshPrefix, token)?.Identity;

    static string Seal(IDataProtector protector, Content content) =>
        WebEncoders.Base64UrlEncode(protector.Protect(JsonSerializer.SerializeToUtf8Bytes(content, TokenJson.Default.Content)));

    Content? Open(IDataProtector protector, string prefix, string token)
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
            // Made up, changed, or of keys that are gone.
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
