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

    /// <summary>Whether the token of an upload session authorizes the request, and no identity.</summary>
    public bool IsOfSession => ReferenceEquals(Principal, s_sessionHolder);

    /// <summary>The identity as the audit log records it.</summary>
    public string AuditName => IsOfSession ? "(holder of the upload session)" : Principal.Identity.Name;

    /// <summary>For a request with the token of an upload session, which authorizes requests of this session alone.</summary>
    public static Authorization OfSession(Route route) => new(s_sessionHolder, route, null);
}
