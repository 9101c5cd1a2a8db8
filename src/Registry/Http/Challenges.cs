using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Http;

/// <summary>Creates WWW-Authenticate headers: the token endpoint, and the scope to request there.</summary>
/// <remarks>distribution, "Token Authentication Specification"; RFC 6750, section 3.</remarks>
public sealed class Challenges(IOptions<RegistryOptions> options)
{
    /// <summary>Path of the token endpoint, on the same host: some clients send their credentials to no other host.</summary>
    public const string Realm = "/v2/token";

    /// <summary>A challenge for a request without credentials, or whose credentials are not sufficient.</summary>
    /// <param name="request">The request to challenge.</param>
    /// <param name="scope">Scope that the token needs; null for none.</param>
    /// <param name="error">Error code for the credentials of the request (RFC 6750, section 3.1); null when it has none.</param>
    public string Create(HttpRequest request, Scope? scope, string? error = null)
    {
        var (address, service) = options.Value.PublicUrl is { } url
            ? (Responses.Absolute(url, Realm), url.Authority)
            : ($"{request.Scheme}://{HostOf(request)}{Realm}", HostOf(request));
        var header = $"Bearer realm=\"{address}\",service=\"{service}\"";
        if (scope is { } needed) header += $",scope=\"{WithPull(needed)}{SourceScope(request)}\"";
        return error is null ? header : $"{header},error=\"{error}\"";
    }

    /// <summary>A mount needs a token for the source repository as well.</summary>
    static string SourceScope(HttpRequest request) =>
        request.Query.ContainsKey("mount") && RepositoryName.TryParse(request.Query["from"], out var from)
            ? $" {new Scope(from, RepositoryActions.Pull)}"
            : "";

    /// <summary>The Host header. It goes back only to the client that sent it, but must not close the quotes of the challenge.</summary>
    static string HostOf(HttpRequest request) => string.Concat(
        request.Host.ToUriComponent().Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']'));

    /// <summary>Adds pull to a push: clients first check what exists.</summary>
    static Scope WithPull(Scope scope) =>
        scope.Name is not null && scope.Actions.HasFlag(RepositoryActions.Push)
            ? scope with { Actions = scope.Actions | RepositoryActions.Pull }
            : scope;
}
