using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Http;

/// <summary>The header WWW-Authenticate: where a client gets a token, and what to ask it for.</summary>
/// <remarks>distribution, "Token Authentication Specification"; RFC 6750, section 3.</remarks>
public sealed class Challenges(IOptions<RegistryOptions> options)
{
    /// <summary>The path of the token endpoint, on the same host: some clients take their credentials nowhere else.</summary>
    public const string Realm = "/v2/token";

    /// <summary>A challenge for whoever lacks credentials, or whose credentials do not do.</summary>
    /// <param name="request">What to answer.</param>
    /// <param name="scope">What the token must be good for; null for nothing in particular.</param>
    /// <param name="error">Why the credentials do not do (RFC 6750, section 3.1); null when there were none.</param>
    public string Create(HttpRequest request, Scope? scope, string? error = null)
    {
        var (address, service) = options.Value.PublicUrl is { } url
            ? (Responses.Absolute(url, Realm), url.Authority)
            : ($"{request.Scheme}://{HostOf(request)}{Realm}", HostOf(request));
        var header = $"Bearer realm=\"{address}\",service=\"{service}\"";
        if (scope is { } needed) header += $",scope=\"{WithPull(needed)}{OfSource(request)}\"";
        return error is null ? header : $"{header},error=\"{error}\"";
    }

    /// <summary>Whoever mounts a blob needs a token for where it comes from, too.</summary>
    static string OfSource(HttpRequest request) =>
        request.Query.ContainsKey("mount") && RepositoryName.TryParse(request.Query["from"], out var from)
            ? $" {new Scope(from, RepositoryActions.Pull)}"
            : "";

    /// <summary>As the client named it, and whatever it named: it is told to no one else, but must not end the quotes around it.</summary>
    static string HostOf(HttpRequest request) => string.Concat(
        request.Host.ToUriComponent().Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_' or ':' or '[' or ']'));

    /// <summary>Whoever pushes looks first at what is there.</summary>
    static Scope WithPull(Scope scope) =>
        scope.Name is not null && scope.Actions.HasFlag(RepositoryActions.Push)
            ? scope with { Actions = scope.Actions | RepositoryActions.Pull }
            : scope;
}
