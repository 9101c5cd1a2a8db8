namespace Registry.Policies;

/// <summary>Subject of a rule: every request, a robot, or tokens of an issuer with these claims.</summary>
sealed record Subject(bool Anonymous, string? Robot, string? Issuer, IReadOnlyList<KeyValuePair<string, Pattern>> Claims)
{
    public bool Is(Identity identity) => identity switch
    {
        _ when Anonymous => true,
        Identity.Robot robot => robot.Account == Robot,
        Identity.Federated federated => federated.Issuer == Issuer
            && Claims.All(claim => federated.Claims.TryGetValue(claim.Key, out var values) && values.Any(claim.Value.Matches)),
        _ => false,
    };
}
