using Registry.Access;

namespace Registry.Http;

/// <summary>Authorization of a request.</summary>
/// <param name="Principal">The principal of the request.</param>
/// <param name="Route">What it requests.</param>
/// <param name="Rule">Name of the rule of the policy that allows it; null where none is required.</param>
public sealed record Authorization(RequestPrincipal Principal, Route Route, string? Rule);
