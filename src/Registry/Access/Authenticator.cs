using Microsoft.Extensions.Logging;
using Registry.Policies;

namespace Registry.Access;

/// <summary>Finds out who sends a request.</summary>
public sealed partial class Authenticator(
    PolicySource policies, RegistryTokens tokens, IssuerTokens issuers, LoginThrottle throttle, TimeProvider time, ILogger<Authenticator> logger)
{
    static readonly Identity s_anonymous = new Identity.Anonymous();

    /// <summary>Whom credentials prove.</summary>
    /// <param name="credentials">What was shown.</param>
    /// <param name="address">Of the client.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public ValueTask<AuthenticationResult> AuthenticateAsync(Credentials credentials, string address, CancellationToken cancellationToken) =>
        credentials is Credentials.None || !policies.Current.HasAccounts
        // Where there is nobody to log in as, what a client has kept from elsewhere must not keep it out.
        ? new(new AuthenticationResult(new RequestPrincipal(s_anonymous, policies.Current), null))
        : new(AuthenticateCoreAsync(credentials, address, cancellationToken));

    /// <summary>Who was given a refresh token, or whose issuer's token stands in the place of one.</summary>
    /// <inheritdoc cref="AuthenticateAsync(Credentials, string, CancellationToken)"/>
    public Task<AuthenticationResult> AuthenticateRefreshTokenAsync(string token, string address, CancellationToken cancellationToken) =>
        AuthenticateCoreAsync(new Credentials.Password("refresh token", token), address, cancellationToken);

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
        catch (IssuerUnavailableException e)
        {
            Log.IssuerUnavailable(logger, e.Message, e.GetBaseException().Message);
            return new(null, AuthenticationFailure.IssuerUnavailable) { ClaimedName = throttle.MayAudit(address) ? "token" : null };
        }
    }

    /// <summary>Only what is wrong is slowed down: whoever shows the right secret is never kept out by others who do not.</summary>
    AuthenticationResult Refuse(Policy policy, Credentials credentials, string address)
    {
        var claimed = credentials switch
        {
            Credentials.Password password when policy.HasRobot(password.User) => password.User,
            Credentials.Password => "unknown",
            Credentials.Token => "token",
            _ => "malformed",
        };
        var isTold = throttle.MayAudit(address);
        // Tokens expire every few minutes, in the middle of pushes.
        var fault = credentials is Credentials.Token || throttle.AllowsFailure(address) ? AuthenticationFailure.InvalidCredentials : AuthenticationFailure.Throttled;
        return new(null, fault) { ClaimedName = isTold ? claimed : null };
    }

    /// <summary>As with other registries of Azure, a token may stand in the place of a password; the user name is then nobody's.</summary>
    async Task<RequestPrincipal?> AuthenticateAsync(Policy policy, Credentials.Password password, CancellationToken cancellationToken)
    {
        if (IssuerTokens.HasForm(password.Secret))
            return await issuers.ValidateAsync(policy, password.Secret, cancellationToken) is { } federated ? new(federated, policy) : null;
        if (tokens.ReadRefresh(password.Secret) is { } identity) return IfStillKnown(policy, identity, CredentialKind.RefreshToken);
        return policy.FindRobot(password.User, password.Secret, time.GetUtcNow()) is { } robot ? new(robot, policy) : null;
    }

    async Task<RequestPrincipal?> AuthenticateAsync(Policy policy, Credentials.Token token, CancellationToken cancellationToken)
    {
        if (tokens.ReadAccess(token.Text) is ({ } identity, { } scopes)) return IfStillKnown(policy, identity, CredentialKind.AccessToken, scopes);
        return IssuerTokens.HasForm(token.Text) && await issuers.ValidateAsync(policy, token.Text, cancellationToken) is { } federated
            ? new(federated, policy)
            : null;
    }

    /// <summary>What was granted is worth nothing once the policy no longer knows whom to.</summary>
    RequestPrincipal? IfStillKnown(Policy policy, Identity identity, CredentialKind proof, IReadOnlyList<Scope>? scopes = null) =>
        policy.StillRecognizes(identity, time.GetUtcNow()) ? new(identity, policy, proof, scopes) : null;

    static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Fault} {Cause}")]
        public static partial void IssuerUnavailable(ILogger logger, string fault, string cause);
    }
}
