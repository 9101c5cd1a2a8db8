using Registry.Access;
using Registry.Policies;

namespace Registry.Http;

/// <summary>Authorization of a request.</summary>
/// <param name="Principal">The principal of the request.</param>
/// <param name="Route">What it requests.</param>
/// <param name="Rule">Name of the rule of the policy that allows it; null where none is required.</param>
public sealed record Authorization(RequestPrincipal Principal, Route Route, string? Rule)
{
    static readonly RequestPrincipal s_sessionHolder = new(new Identity.Anonymous(), Policy.Closed);

    /// <summary>The identity as the audit log records it.</summary>
    public string AuditName => ReferenceEquals(Principal, s_sessionHolder) ? "(holder of the upload session)" : Principal.Identity.Name;

    /// <summary>For a request with the token of an upload session, which authorizes requests of this session alone.</summary>
    public static Authorization OfSession(Route route) => new(s_sessionHolder, route, null);
}
