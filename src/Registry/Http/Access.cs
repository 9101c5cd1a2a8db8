using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;

namespace Registry.Http;

/// <summary>Who may do what. There are no credentials yet: what anyone may do is a setting, and all else is refused.</summary>
public sealed class Access(IOptions<RegistryOptions> options)
{
    /// <summary>In the query of an upload session's location: opens this session and nothing else (<see cref="Storage.SessionTokens"/>).</summary>
    public const string TokenParameter = "token";

    /// <summary>The token that a request shows; null when it shows none. One that is empty is none that opens anything.</summary>
    public static string? TokenOf(HttpRequest request) => request.Query.TryGetValue(TokenParameter, out var token) ? token.ToString() : null;

    /// <summary>Null when the request may go on. It is refused before anything is read, so it tells nothing of what is there.</summary>
    public RegistryError? Refuse(HttpRequest request, Route route)
    {
        var needed = Needed(request, route);
        return needed <= options.Value.Anonymous ? null : RegistryError.Denied(needed);
    }

    static AnonymousAccess Needed(HttpRequest request, Route route) => route switch
    {
        Route.Version => AnonymousAccess.None,
        // The session itself tells whether the token is one of its own.
        Route.Upload when TokenOf(request) is not null => AnonymousAccess.None,
        // Asking for a session and cancelling it are part of a push.
        Route.Upload or Route.Uploads => AnonymousAccess.Push,
        _ when HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method) => AnonymousAccess.Pull,
        _ when HttpMethods.IsDelete(request.Method) => AnonymousAccess.All,
        _ => AnonymousAccess.Push,
    };
}
