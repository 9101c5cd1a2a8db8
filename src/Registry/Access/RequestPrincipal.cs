using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>How a request authenticated.</summary>
public enum CredentialKind
{
    /// <summary>A robot's secret, an issuer's token, or no credentials for the anonymous identity.</summary>
    Credentials,

    /// <summary>The registry's own refresh token: valid for all but a new refresh token, so that it cannot be renewed for ever.</summary>
    RefreshToken,

    /// <summary>The registry's own access token: valid for its scopes, and not for further tokens.</summary>
    AccessToken,
}

/// <summary>The principal of a request. It may do what the policy allows, within the scopes of its token.</summary>
/// <param name="Identity">The authenticated or anonymous identity.</param>
/// <param name="Policy">The policy that was in force when the request arrived.</param>
/// <param name="CredentialKind">How the request authenticated.</param>
/// <param name="Scopes">Scopes of its access token; null for other credentials.</param>
public sealed record RequestPrincipal(
    Identity Identity,
    Policy Policy,
    CredentialKind CredentialKind = CredentialKind.Credentials,
    IReadOnlyList<Scope>? Scopes = null)
{
    /// <summary>The policy's decision, regardless of the token's scopes.</summary>
    public Decision Authorize(RepositoryName name, RepositoryActions needed) => Policy.Decide(Identity, name, needed);

    /// <summary>Whether both the policy and the token's scopes allow the actions.</summary>
    public bool IsAuthorized(RepositoryName name, RepositoryActions needed) => TokenCovers(name, needed) && Authorize(name, needed).Allowed;

    /// <summary>Whether the token's scopes allow the actions; true for other credentials.</summary>
    public bool TokenCovers(RepositoryName name, RepositoryActions needed) =>
        Scopes is null || Scopes.Any(scope => scope.Name == name && (scope.Actions & needed) == needed);

    /// <summary>Whether the token's scopes allow to list repositories; true for other credentials.</summary>
    public bool TokenCoversCatalog => Scopes is null || Scopes.Contains(Scope.Catalog);
}
