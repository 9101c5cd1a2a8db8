using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>Issues and reads the registry's own tokens: encrypted, short-lived, and checked against the policy on each use.</summary>
/// <remarks>
/// To clients they are opaque (RFC 6750). ASP.NET Core Data Protection encrypts them and rotates the keys, which are stored in
/// the storage account (<see cref="TokenKeys"/>), so that every host of the registry can read the tokens.
/// </remarks>
public sealed class RegistryTokens(IDataProtectionProvider protection, TimeProvider time, IOptions<RegistryOptions> options)
{
    /// <summary>
    /// Lifetime of a refresh token. It limits how long a job can continue that authenticated with a token of its issuer, which
    /// lives for minutes.
    /// </summary>
    public static readonly TimeSpan RefreshLifetime = TimeSpan.FromHours(3);

    /// <summary>Distinguishes the registry's tokens from an issuer's, and lets secret scanners recognize them.</summary>
    const string AccessPrefix = "regtok_";
    const string RefreshPrefix = "regref_";

    // The number changes with the content, so that tokens with the former content are invalid.
    readonly TokenSeal<Content> _access = Seal(protection, "access");
    readonly TokenSeal<Content> _refresh = Seal(protection, "refresh");

    /// <summary>Lifetime of an access token.</summary>
    public TimeSpan AccessLifetime => options.Value.AccessTokenLifetime;

    /// <summary>Whether a text can be a token of the registry.</summary>
    public static bool HasForm(string text) =>
        text.StartsWith(AccessPrefix, StringComparison.Ordinal) || text.StartsWith(RefreshPrefix, StringComparison.Ordinal);

    public string CreateAccess(Identity identity, IEnumerable<Scope> scopes) =>
        AccessPrefix + _access.Seal(new Content(identity, [.. scopes.Select(Grant.For)], time.GetUtcNow() + AccessLifetime));

    public string CreateRefresh(Identity identity) =>
        RefreshPrefix + _refresh.Seal(new Content(identity, [], time.GetUtcNow() + RefreshLifetime));

    /// <summary>Identity and scopes of an access token; null when it is not the registry's, or expired.</summary>
    public (Identity Identity, IReadOnlyList<Scope> Scopes)? ReadAccess(string token) =>
        Unprotect(_access, AccessPrefix, token) is { } content
            ? (content.Identity, [.. content.Grants.Select(grant => grant.ToScope())])
            : null;

    /// <summary>Identity of a refresh token; null when it is not the registry's, or expired.</summary>
    public Identity? ReadRefresh(string token) => Unprotect(_refresh, RefreshPrefix, token)?.Identity;

    static TokenSeal<Content> Seal(IDataProtectionProvider protection, string purpose) =>
        new(protection.CreateProtector("Registry.Access", purpose, "2"), TokenJson.Default.Content);

    Content? Unprotect(TokenSeal<Content> seal, string prefix, string token) =>
        token.StartsWith(prefix, StringComparison.Ordinal) && seal.Open(token[prefix.Length..]) is { } content
            && time.GetUtcNow() < content.Expires ? content : null;

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
