namespace Registry.Policies;

/// <summary>An issuer whose tokens are believed.</summary>
/// <param name="Name">In the policy.</param>
/// <param name="Address">As its tokens name it, to the letter.</param>
/// <param name="Audiences">What its tokens must be made for, one of them.</param>
/// <param name="Claims">What rules ask of its tokens.</param>
public sealed record TrustedIssuer(string Name, string Address, IReadOnlyList<string> Audiences, IReadOnlyCollection<string> Claims);
