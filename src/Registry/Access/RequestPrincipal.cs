using Registry.Oci;
using Registry.Policies;

namespace Registry.Access;

/// <summary>What somebody has shown to prove who it is.</summary>
public enum CredentialKind
{
    /// <summary>Credentials that are its own: a robot's secret, a token of its issuer, or none for nobody in particular.</summary>
    Credentials,

    /// <summary>The registry's own refresh token: good for everything but another one, or it would never end.</summary>
    RefreshToken,

    /// <summary>The registry's own access token: good for its scopes, and for no other token.</summary>
    AccessToken,
}

/// <summary>Who sends a request, and what it may do: what the policy allows, and no more than its token is good for.</summary>
/// <param name="Identity">Who.</param>
/// <param name="Policy">The one that was in force when the request arrived.</param>
/// <param name="CredentialKind">What it has shown.</param>
/// <param name="Scopes">What its access token is good for; null when it came with something else.</param>
public sealed record RequestPrincipal(Identity Identity, Policy Policy, CredentialKind CredentialKind = CredentialKind.Credentials, IReadOnlyList<Scope>? Scopes = null)
{
    /// <summary>What the policy says, whatever the token is good for.</summary>
    public Decision Authorize(RepositoryName name, RepositoryActions needed) => Policy.Decide(Identity, name, needed);

    /// <summary>Whether it may do this, with what it has shown.</summary>
    public bool IsAuthorized(RepositoryName name, RepositoryActions needed) => TokenCovers(name, needed) && Authorize(name, needed).Allowed;

    /// <summary>Whether its token is good for this.</summary>
    public bool TokenCovers(RepositoryName name, RepositoryActions needed) =>
        Scopes is null || Scopes.Any(scope => scope.Name == name && (scope.Actions & needed) == needed);

    /// <summary>Whether its token is good for reading the list of repositories.</summary>
    public bool TokenCoversCatalog => Scopes is null || Scopes.Contains(Scope.Catalog);
}
