using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Registry.Access;
using Registry.Policies;

namespace Registry.Http;

/// <summary>Where clients get tokens: with Basic or without credentials by GET, with a password or a refresh token by POST.</summary>
/// <remarks>distribution, "Token Authentication Specification" and "OAuth2 Token Authentication".</remarks>
public sealed class TokenEndpoints(Authenticator logins, RegistryTokens tokens, AccessControl access, RequestAudit audit, TimeProvider time)
{
    /// <summary>Of a form; larger ones hold nothing that is known here. In bytes.</summary>
    const int MaxForm = 64 * 1024;

    static readonly FormOptions s_limits =
        new() { BufferBodyLengthLimit = MaxForm, ValueLengthLimit = MaxForm / 2, ValueCountLimit = 32, KeyLengthLimit = 100 };

    /// <summary>
    /// A token for what was asked and is allowed, which may be nothing: whoever asks for too much learns it when using the token.
    /// </summary>
    public async Task<RegistryError?> GetAsync(HttpContext context)
    {
        var query = context.Request.Query;
        var login = await logins.AuthenticateAsync(
            Credentials.Parse(context.Request.Headers.Authorization), RequestAudit.AddressOf(context), context.RequestAborted);
        return await AnswerAsync(context, login, query["scope"], offline: query["offline_token"] == "true");
    }

    /// <summary>The same as OAuth has it.</summary>
    public async Task<RegistryError?> PostAsync(HttpContext context)
    {
        var request = context.Request;
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type) || type.MediaType != "application/x-www-form-urlencoded")
            return RegistryError.GrantInvalid();
        if (request.ContentLength > MaxForm) return RegistryError.FormTooLarge();
        IFormCollection form;
        try
        {
            form = await new FormFeature(request, s_limits).ReadFormAsync(context.RequestAborted);
        }
        catch (InvalidDataException)
        {
            return RegistryError.FormTooLarge();
        }
        var (address, aborted) = (RequestAudit.AddressOf(context), context.RequestAborted);
        var login = form["grant_type"].ToString() switch
        {
            "password" when form["username"] is [{ } user] && form["password"] is [{ Length: > 0 } secret] =>
                await logins.AuthenticateAsync(new Credentials.Password(user, secret), address, aborted),
            "refresh_token" when form["refresh_token"] is [{ Length: > 0 } token] => await logins.AuthenticateRefreshTokenAsync(token, address, aborted),
            _ => (AuthenticationResult?)null,
        };
        return login is { } known
            ? await AnswerAsync(context, known, form["scope"], offline: form["access_type"] == "offline")
            : RegistryError.GrantInvalid();
    }

    async Task<RegistryError?> AnswerAsync(HttpContext context, AuthenticationResult login, StringValues scope, bool offline)
    {
        if (login.Principal is not { } caller) return access.RefuseCredentials(context, login, null);
        if (caller.CredentialKind == CredentialKind.AccessToken)
            return access.RefuseCredentials(context, new AuthenticationResult(null, AuthenticationFailure.InvalidCredentials) { ClaimedName = caller.Identity.Name }, null);
        var granted = Scope.Parse(scope).Select(asked => Grant(caller, asked)).OfType<Scope>();
        if (caller.Identity is not Identity.Anonymous)
            audit.Write(context, AuditEvent.Login, caller.Identity.Name, null, null, StatusCodes.Status200OK);
        // A robot's secret is better kept by the client than a token that ends after hours. A token of an issuer ends much sooner.
        var refresh = offline && caller is { Identity: Identity.Federated, CredentialKind: CredentialKind.Credentials }
            ? tokens.CreateRefresh(caller.Identity)
            : null;
        var token = tokens.CreateAccess(caller.Identity, granted);
        var document = new TokenDocument(token, token, (int)RegistryTokens.AccessLifetime.TotalSeconds, time.GetUtcNow(), refresh);
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteJsonAsync(document, Documents.Plain.TokenDocument);
        return null;
    }

    static Scope? Grant(RequestPrincipal caller, Scope asked)
    {
        if (asked.Name is not { } name) return caller.Policy.ListedPrefixes(caller.Identity).Count > 0 ? asked : null;
        var actions = asked.Actions & caller.Policy.ActionsOf(caller.Identity, name);
        return actions == RepositoryActions.None ? null : new Scope(name, actions);
    }
}
