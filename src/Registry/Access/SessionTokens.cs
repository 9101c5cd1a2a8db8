using System.Text.Json.Serialization;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.Extensions.Options;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Access;

/// <summary>
/// Issues and reads the tokens in the locations of upload sessions. A token states the session and where its next request continues,
/// and, for a limited time, who began it: so a session can be continued where the client has no credentials, or after they expired.
/// </summary>
/// <remarks>
/// Like access tokens they are encrypted, and state an identity and no permissions: the policy is checked on each use. So an identity
/// that may no longer push cannot continue its sessions.
/// </remarks>
public sealed class SessionTokens(
    IDataProtectionProvider protection, PolicySource policies, TimeProvider time, IOptions<RegistryOptions> options)
{
    /// <summary>
    /// Length of a token in characters, since some proxies do not accept longer locations. An identity with so many claims that a token
    /// would be longer is left out: then each request needs credentials.
    /// </summary>
    const int MaxLength = 4096;

    // The number changes with the content, so that tokens with the former content are invalid.
    readonly TokenSeal<Content> _seal = new(protection.CreateProtector("Registry.Access", "upload", "1"), SessionTokenJson.Default.Content);

    /// <summary>Creates the token for the next request of a session.</summary>
    /// <param name="session">The session.</param>
    /// <param name="identity">The identity that may continue it.</param>
    public string Create(SessionReference session, Identity identity)
    {
        ArgumentNullException.ThrowIfNull(session);
        var content = new Content(session.Name.Value, session.Id, session.Algorithm.Name, session.Offset, session.IsStored,
            session.Begun, time.GetUtcNow(), identity);
        var token = _seal.Seal(content);
        return token.Length <= MaxLength ? token : _seal.Seal(content with { Identity = null });
    }

    /// <summary>Reads a token.</summary>
    /// <param name="token">The token.</param>
    /// <param name="name">Repository of the request.</param>
    /// <param name="id">Session of the request.</param>
    /// <returns>
    /// The session, and the principal that the token authenticates: null when it is too old for that, or the policy no longer
    /// recognizes the identity. No session when the token is not the registry's, or is another session's.
    /// </returns>
    public (SessionReference? Session, RequestPrincipal? Principal) Read(string token, RepositoryName name, Guid id)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (_seal.Open(token) is not { } content || content.Name != name.Value || content.Id != id) return (null, null);
        var session = new SessionReference(
            name, id, DigestAlgorithm.Parse(content.Algorithm), content.Offset, content.IsStored, content.Begun);
        var (policy, now) = (policies.Current, time.GetUtcNow());
        var authenticates = content.Identity is { } identity
            && now - content.Issued < options.Value.Uploads.TokenLifetime
            && policy.StillRecognizes(identity, now);
        return (session, authenticates
            ? new RequestPrincipal(content.Identity!, policy, CredentialKind.AccessToken, [new Scope(name, RepositoryActions.Push)])
            : null);
    }

    internal sealed record Content(
        [property: JsonPropertyName("n")] string Name,
        [property: JsonPropertyName("s")] Guid Id,
        [property: JsonPropertyName("a")] string Algorithm,
        [property: JsonPropertyName("o")] long Offset,
        [property: JsonPropertyName("r")] bool IsStored,
        [property: JsonPropertyName("b")] DateTimeOffset Begun,
        [property: JsonPropertyName("t")] DateTimeOffset Issued,
        [property: JsonPropertyName("i")] Identity? Identity);
}

[JsonSerializable(typeof(SessionTokens.Content))]
sealed partial class SessionTokenJson : JsonSerializerContext;
