using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Registry.Access;
using Registry.Policies;

namespace Registry.Http;

/// <summary>The token endpoint: GET with Basic or no credentials, POST with a password or refresh token.</summary>
/// <remarks>distribution, "Token Authentication Specification" and "OAuth2 Token Authentication".</remarks>
public sealed class TokenEndpoints(
    Authenticator authenticator, RegistryTokens tokens, AccessControl access, RequestAudit audit, BodyReader bodies, TimeProvider time)
{
    /// <summary>Most fields of a form.</summary>
    const int MaxFields = 32;

    /// <summary>
    /// Issues a token for the requested scopes that the policy allows, which may be none: requests that need more are then refused.
    /// </summary>
    public async Task<RegistryError?> GetAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var result = await authenticator.AuthenticateAsync(
            Credentials.Parse(context.Request.Headers.Authorization), RequestAudit.AddressOf(context), context.RequestAborted);
        return await IssueAsync(context, result, query["scope"], offline: query["offline_token"] == "true");
    }

    /// <summary>Issues a token as OAuth 2.0 does (RFC 6749, sections 4.3 and 6).</summary>
    public async Task<RegistryError?> PostAsync(HttpContext context)
    {
        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "application/x-www-form-urlencoded")
            return RegistryError.GrantInvalid();
        using var body = await bodies.ReadFormAsync(context);
        if (body.Error is not null) return body.Error;
        FormCollection form;
        try
        {
            using var reader = new FormReader(Encoding.UTF8.GetString(body.Content)) { ValueCountLimit = MaxFields };
            form = new FormCollection(reader.ReadForm());
        }
        catch (InvalidDataException)
        {
            return RegistryError.FormTooLarge();
        }
        var (address, aborted) = (RequestAudit.AddressOf(context), context.RequestAborted);
        var authenticated = form["grant_type"].ToString() switch
        {
            "password" when form["username"] is [{ } user] && form["password"] is [{ Length: > 0 } secret] =>
                await authenticator.AuthenticateAsync(new Credentials.Password(user, secret), address, aborted),
            "refresh_token" when form["refresh_token"] is [{ Length: > 0 } token] =>
                await authenticator.AuthenticateRefreshTokenAsync(token, address, aborted),
            _ => (AuthenticationResult?)null,
        };
        return authenticated is { } result
            ? await IssueAsync(context, result, form["scope"], offline: form["access_type"] == "offline")
            : RegistryError.GrantInvalid();
    }

    async Task<RegistryError?> IssueAsync(HttpContext context, AuthenticationResult result, StringValues scope, bool offline)
    {
        if (result.Principal is not { } caller) return access.RefuseCredentials(context, result, null);
        if (caller.CredentialKind == CredentialKind.AccessToken)
        {
            var refused = new AuthenticationResult(null, AuthenticationFailure.InvalidCredentials) { ClaimedName = caller.Identity.Name };
            return access.RefuseCredentials(context, refused, null);
        }
        var granted = Scope.Parse(scope).Select(requested => Grant(caller, requested)).OfType<Scope>();
        if (caller.Identity is not Identity.Anonymous)
            audit.Write(context, AuditEvent.Login, caller.Identity.Name, null, null, StatusCodes.Status200OK);
        // Only for an issuer's token, which expires within minutes. A robot's client better stores the secret, which outlives any token.
        var refresh = offline && caller is { Identity: Identity.Federated, CredentialKind: CredentialKind.Credentials }
            ? tokens.CreateRefresh(caller.Identity)
            : null;
        var token = tokens.CreateAccess(caller.Identity, granted);
        var document = new TokenDocument(token, token, (int)tokens.AccessLifetime.TotalSeconds, time.GetUtcNow(), refresh);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteJsonAsync(document, Documents.Plain.TokenDocument);
        return null;
    }

    static Scope? Grant(RequestPrincipal caller, Scope requested)
    {
        if (requested.Name is not { } name) return caller.Policy.ListedPrefixes(caller.Identity).Count > 0 ? requested : null;
        var actions = requested.Actions & caller.Policy.ActionsOf(caller.Identity, name);
        return actions == RepositoryActions.None ? null : new Scope(name, actions);
    }
}
