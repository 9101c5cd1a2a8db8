namespace Registry.Policies;

/// <summary>A trusted token issuer.</summary>
/// <param name="Name">Name in the policy.</param>
/// <param name="Address">Exact value of the claim <c>iss</c> of its tokens.</param>
/// <param name="Audiences">Accepted values of the claim <c>aud</c>; a token must have one of them.</param>
/// <param name="Claims">Names of the claims that rules use.</param>
public sealed record TrustedIssuer(string Name, string Address, IReadOnlyList<string> Audiences, IReadOnlyCollection<string> Claims);
