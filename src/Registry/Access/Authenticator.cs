using Registry.Policies;

namespace Registry.Access;

/// <summary>Authenticates requests: finds the principal from their credentials.</summary>
public sealed class Authenticator(
    PolicySource policies,
    RegistryTokens tokens,
    IssuerTokens issuers,
    LoginThrottle throttle,
    TimeProvider time)
{
    static readonly Identity s_anonymous = new Identity.Anonymous();

    /// <summary>Authenticates the credentials of a request; no credentials are the anonymous identity.</summary>
    /// <param name="credentials">Credentials of the request.</param>
    /// <param name="address">IP address of the client.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(
        Credentials credentials, string address, CancellationToken cancellationToken) =>
        credentials is Credentials.None || !policies.Current.HasAccounts
        // Without accounts no credentials can be valid; those that a client kept from another registry are ignored.
        ? new(new AuthenticationResult(new RequestPrincipal(s_anonymous, policies.Current), null))
        : new(AuthenticateCoreAsync(credentials, address, cancellationToken));

    /// <summary>Authenticates a refresh token, or an issuer's token in place of one.</summary>
    /// <inheritdoc cref="AuthenticateAsync(Credentials, string, CancellationToken)"/>
    public Task<AuthenticationResult> AuthenticateRefreshTokenAsync(string token, string address, CancellationToken cancellationToken) =>
        AuthenticateCoreAsync(new Credentials.Password("", token), address, cancellationToken);

    async Task<AuthenticationResult> AuthenticateCoreAsync(Credentials credentials, string address, CancellationToken cancellationToken)
    {
        var policy = policies.Current;
        try
        {
            var caller = credentials switch
            {
                Credentials.Password password => await AuthenticateAsync(policy, password, cancellationToken),
                Credentials.Token token => await AuthenticateAsync(policy, token, cancellationToken),
                _ => null,
            };
            return caller is not null ? new(caller, null) : Refuse(policy, credentials, address);
        }
        catch (IssuerUnavailableException)
        {
            return new(null, AuthenticationFailure.IssuerUnavailable) { ClaimedName = throttle.MayAudit(address, null) ? "token" : null };
        }
    }

    /// <summary>
    /// Throttles failures only: correct credentials are always accepted, whatever else comes from the address or for the account.
    /// </summary>
    AuthenticationResult Refuse(Policy policy, Credentials credentials, string address)
    {
        var claimed = credentials switch
        {
            Credentials.Password password when policy.HasRobot(password.User) => password.User,
            Credentials.Password => "unknown",
            Credentials.Token => "token",
            _ => "malformed",
        };
        // Of a token the user name is ignored, and is the same for many callers.
        var account = credentials is Credentials.Password { User: [_, ..] user } named && !IsToken(named.Secret) ? user : null;
        var mayAudit = throttle.MayAudit(address, account);
        // Tokens are not throttled: they expire every few minutes, also during pushes.
        var failure = credentials is Credentials.Token || throttle.AllowsFailure(address, account)
            ? AuthenticationFailure.InvalidCredentials
            : AuthenticationFailure.Throttled;
        return new(null, failure) { ClaimedName = mayAudit ? claimed : null };
    }

    static bool IsToken(string secret) => IssuerTokens.HasForm(secret) || RegistryTokens.HasForm(secret);

    /// <summary>A token is accepted in place of a password, as by Azure Container Registry; the user name is then ignored.</summary>
    async Task<RequestPrincipal?> AuthenticateAsync(Policy policy, Credentials.Password password, CancellationToken cancellationToken)
    {
        if (IssuerTokens.HasForm(password.Secret))
            return await issuers.ValidateAsync(policy, password.Secret, cancellationToken) is { } federated ? new(federated, policy) : null;
        if (tokens.ReadRefresh(password.Secret) is { } identity) return IfStillRecognized(policy, identity, CredentialKind.RefreshToken);
        return policy.FindRobot(password.User, password.Secret, time.GetUtcNow()) is { } robot ? new(robot, policy) : null;
    }

    async Task<RequestPrincipal?> AuthenticateAsync(Policy policy, Credentials.Token token, CancellationToken cancellationToken)
    {
        if (tokens.ReadAccess(token.Text) is ({ } identity, { } scopes))
            return IfStillRecognized(policy, identity, CredentialKind.AccessToken, scopes);
        return IssuerTokens.HasForm(token.Text) && await issuers.ValidateAsync(policy, token.Text, cancellationToken) is { } federated
            ? new(federated, policy)
            : null;
    }

    /// <summary>A token of the registry is valid only while the policy still recognizes its identity.</summary>
    RequestPrincipal? IfStillRecognized(Policy policy, Identity identity, CredentialKind kind, IReadOnlyList<Scope>? scopes = null) =>
        policy.StillRecognizes(identity, time.GetUtcNow()) ? new(identity, policy, kind, scopes) : null;
}
