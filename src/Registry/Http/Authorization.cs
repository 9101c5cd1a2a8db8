using Registry.Access;
using Registry.Policies;

namespace Registry.Http;

/// <summary>A request that has been let in: whose, what for, and by which rule of the policy; null for what needs none.</summary>
public sealed record Authorization(RequestPrincipal Principal, Route Route, string? Rule)
{
    static readonly RequestPrincipal s_holderOfSession = new(new Identity.Anonymous(), Policy.Closed);

    /// <summary>Whose it is, as the audit log names them.</summary>
    public string Holder => ReferenceEquals(Principal, s_holderOfSession) ? "(holder of the upload session)" : Principal.Identity.Name;

    /// <summary>Of a request that shows the token of an upload session: it opens this session and nothing else.</summary>
    public static Authorization OfSession(Route route) => new(s_holderOfSession, route, null);
}
