namespace Registry.Access;

/// <summary>Why credentials were not accepted.</summary>
public enum AuthenticationFailure
{
    /// <summary>They are wrong, expired or revoked: which, is nobody's business.</summary>
    InvalidCredentials,

    /// <summary>Too many wrong ones in a short time.</summary>
    Throttled,

    /// <summary>The issuer of a token does not give its keys, so that nothing can be said of it.</summary>
    IssuerUnavailable,
}

/// <summary>Whom credentials prove; or why nobody.</summary>
public readonly record struct AuthenticationResult(RequestPrincipal? Principal, AuthenticationFailure? Failure)
{
    /// <summary>
    /// Whom the credentials say they are of, for the audit log: not proved. No more than names of the policy, since people type
    /// secrets in the place of names; null for what need not be told any more.
    /// </summary>
    public string? ClaimedName { get; init; }
}
