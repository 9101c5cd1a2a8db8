using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Policies;

namespace Registry.Http;

/// <summary>
/// Lets requests in or not, before anything is read: what is answered to somebody who may not see a repository says nothing of
/// whether there is one.
/// </summary>
public sealed class AccessControl(Authenticator logins, RequestAudit audit, Challenges challenges)
{
    /// <summary>
    /// In the query of an upload session's location: opens this session and nothing else (<see cref="Storage.SessionTokens"/>).
    /// </summary>
    public const string TokenParameter = "token";

    /// <summary>The token that a request shows; null when it shows none. One that is empty is none that opens anything.</summary>
    public static string? TokenOf(HttpRequest request) =>
        request.Query.TryGetValue(TokenParameter, out var token) ? token.ToString() : null;

    /// <summary>Who the request is of, if it may go on; else what to answer.</summary>
    public async ValueTask<(Authorization? Admission, RegistryError? Refusal)> AuthorizeAsync(HttpContext context, Route route)
    {
        var request = context.Request;
        // The session itself tells whether the token is one of its own.
        if (route is Route.Upload && TokenOf(request) is not null) return (Authorization.OfSession(route), null);

        var scope = RequiredScope(request, route);
        var login = await logins.AuthenticateAsync(
            Credentials.Parse(request.Headers.Authorization), RequestAudit.AddressOf(context), context.RequestAborted);
        if (login.Principal is not { } caller) return (null, RefuseCredentials(context, login, scope));

        if (scope is not { } needed)
        {
            // Clients find out here whether and how to log in, and whether they have.
            return caller.Identity is Identity.Anonymous && caller.Policy.HasAccounts
                ? (null, RegistryError.Unauthorized(challenges.Create(request, null)))
                : (new(caller, route, null), null);
        }
        // Clients that are not asked do not say who they are, and would see what anyone sees.
        if (needed.Name is null && caller is { Identity: Identity.Anonymous, CredentialKind: CredentialKind.Credentials, Policy.HasAccounts: true })
            return (null, RegistryError.Unauthorized(challenges.Create(request, needed)));
        var (rule, covered) = needed.Name is { } name
            ? (caller.Authorize(name, needed.Actions).Rule, caller.TokenCovers(name, needed.Actions))
            : (caller.Policy.ListedPrefixes(caller.Identity).Count > 0 ? "" : null, caller.TokenCoversCatalog);
        if (rule is null)
        {
            var mayLogIn = caller.Identity is Identity.Anonymous && caller.Policy.HasAccounts;
            var refusal = mayLogIn
                ? RegistryError.Unauthorized(challenges.Create(request, needed))
                : RegistryError.Denied(caller.Identity.Name, needed);
            audit.Write(
                context, mayLogIn ? AuditEvent.Challenged : AuditEvent.Denied, caller.Identity.Name, needed.Name, null, refusal.Status);
            return (null, refusal);
        }
        return covered
            ? (new(caller, route, rule), null)
            : (null, RegistryError.Unauthorized(challenges.Create(request, needed, "insufficient_scope")));
    }

    /// <summary>What to answer to credentials that were not accepted, and the audit log told of it.</summary>
    public RegistryError RefuseCredentials(HttpContext context, AuthenticationResult login, Scope? needed)
    {
        var refusal = RegistryError.For(login.Failure ?? AuthenticationFailure.InvalidCredentials, challenges.Create(context.Request, needed, "invalid_token"));
        if (login.ClaimedName is { } claimed) audit.Write(context, AuditEvent.Login, $"({claimed})", needed?.Name, null, refusal.Status);
        return refusal;
    }

    /// <summary>What a request needs; null for what everybody may who is known.</summary>
    static Scope? RequiredScope(HttpRequest request, Route route) => route switch
    {
        // Of the last two only what the caller owns is told.
        Route.Catalog or Route.UsageList or Route.Collections => Scope.Catalog,
        { Repository: { } name } => new Scope(name, RequiredActions(request, route)),
        _ => null,
    };

    static RepositoryActions RequiredActions(HttpRequest request, Route route) => route switch
    {
        // Asking for a session and cancelling it are part of a push.
        Route.Upload or Route.Uploads => RepositoryActions.Push,
        // Who may delete sees what was deleted; bringing it back is a push; giving it up for good is for owners.
        Route.DeletedList or Route.DeletePreview => RepositoryActions.Delete,
        // It tells what other repositories hold, too.
        Route.Usage => RepositoryActions.Admin,
        Route.Deleted when HttpMethods.IsDelete(request.Method) => RepositoryActions.Admin,
        _ when HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) => RepositoryActions.Pull,
        _ when HttpMethods.IsDelete(request.Method) => RepositoryActions.Delete,
        _ => RepositoryActions.Push,
    };
}
