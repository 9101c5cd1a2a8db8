using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Policies;

namespace Registry.Http;

/// <summary>
/// Authenticates and authorizes requests before anything is read from the storage: a refusal does not reveal whether the
/// repository exists.
/// </summary>
public sealed class AccessControl(
    Authenticator authenticator,
    RequestAudit audit,
    Challenges challenges,
    ChallengeCounter challenged,
    SessionTokens sessions)
{
    /// <summary>Query parameter of an upload session's location, with the token of the session (<see cref="SessionTokens"/>).</summary>
    public const string TokenParameter = "token";

    /// <summary>Authorizes a request: either its authorization, or the error to return.</summary>
    public async ValueTask<(Authorization? Authorization, RegistryError? Error)> AuthorizeAsync(HttpContext context, Route route)
    {
        var request = context.Request;
        if (route is Route.Upload upload && OwnerOf(context, upload) is { } owner) return (owner, null);

        var scope = RequiredScope(request, route);
        var result = await authenticator.AuthenticateAsync(
            Credentials.Parse(request.Headers.Authorization), RequestAudit.AddressOf(context), context.RequestAborted);
        if (result.Principal is not { } caller) return (null, RefuseCredentials(context, result, scope));

        var mayAuthenticate = caller.Identity is Identity.Anonymous && caller.Policy.HasAccounts;
        if (scope is not { } needed)
        {
            // Clients send GET /v2/ to find out whether and how to authenticate, and to verify their credentials.
            return mayAuthenticate ? (null, Challenge(request, null)) : (new(caller, route, null), null);
        }
        // Without a challenge clients send no credentials, and would list only what is public.
        if (needed.Name is null && mayAuthenticate && caller.CredentialKind == CredentialKind.Credentials)
            return (null, Challenge(request, needed));
        var (rule, covered) = needed.Name is { } name
            ? (caller.Authorize(name, needed.Actions).Rule, caller.TokenCovers(name, needed.Actions))
            : (caller.Policy.ListedPrefixes(caller.Identity).Count > 0 ? "" : null, caller.TokenCoversCatalog);
        if (rule is null)
        {
            if (mayAuthenticate) return (null, Challenge(request, needed));
            var error = RegistryError.Denied(caller.Identity.Name, needed);
            audit.Write(context, AuditEvent.Denied, caller.Identity.Name, needed.Name, null, error.Status);
            return (null, error);
        }
        return covered
            ? (new(caller, route, rule), null)
            : (null, RegistryError.Unauthorized(challenges.Create(request, needed, "insufficient_scope")));
    }

    /// <summary>
    /// Reads the token in an upload session's location. It takes the place of credentials, which a client may not have for this host,
    /// or which may have expired since the session began.
    /// </summary>
    /// <returns>Null when the token does not authorize the request.</returns>
    Authorization? OwnerOf(HttpContext context, Route.Upload route)
    {
        var (session, owner) = sessions.Read(context.Request.Query[TokenParameter].ToString(), route.Name, route.Session);
        context.Features.Set(session);
        return owner?.Authorize(route.Name, RepositoryActions.Push).Rule is { } rule ? new Authorization(owner, route, rule) : null;
    }

    /// <summary>Counted and not recorded one by one: most clients begin with such a request, and anyone can send any number.</summary>
    RegistryError Challenge(HttpRequest request, Scope? scope)
    {
        challenged.Count();
        return RegistryError.Unauthorized(challenges.Create(request, scope));
    }

    /// <summary>The error for credentials that were not accepted. The audit log records it unless there were too many.</summary>
    public RegistryError RefuseCredentials(HttpContext context, AuthenticationResult result, Scope? needed)
    {
        var failure = result.Failure ?? AuthenticationFailure.InvalidCredentials;
        var error = RegistryError.For(failure, challenges.Create(context.Request, needed, "invalid_token"));
        if (result.ClaimedName is { } claimed) audit.Write(context, AuditEvent.Login, $"({claimed})", needed?.Name, null, error.Status);
        return error;
    }

    /// <summary>The scope that a request requires; null where authentication alone is enough.</summary>
    static Scope? RequiredScope(HttpRequest request, Route route) => route switch
    {
        // The endpoints of the last two return only what the caller has admin for.
        Route.Catalog or Route.UsageList or Route.Collections => Scope.Catalog,
        { Repository: { } name } => new Scope(name, RequiredActions(request, route)),
        _ => null,
    };

    static RepositoryActions RequiredActions(HttpRequest request, Route route) => route switch
    {
        // To start, query or cancel an upload session is part of a push.
        Route.Upload or Route.Uploads => RepositoryActions.Push,
        // Listing what was deleted requires delete, restoring it push, and purging it admin. The answers name manifests, so pull, too.
        Route.DeletedList or Route.DeletePreview => RepositoryActions.Delete | RepositoryActions.Pull,
        Route.Deleted when HttpMethods.IsPost(request.Method) => RepositoryActions.Push | RepositoryActions.Pull,
        // The figures depend on the content of other repositories, too.
        Route.Usage or Route.RepositoryContent => RepositoryActions.Admin,
        Route.Deleted when HttpMethods.IsDelete(request.Method) => RepositoryActions.Admin,
        _ when HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) => RepositoryActions.Pull,
        _ when HttpMethods.IsDelete(request.Method) => RepositoryActions.Delete,
        _ => RepositoryActions.Push,
    };
}
