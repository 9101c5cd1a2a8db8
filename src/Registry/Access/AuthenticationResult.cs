namespace Registry.Access;

/// <summary>Why credentials were not accepted.</summary>
public enum AuthenticationFailure
{
    /// <summary>They are wrong, expired or revoked. Responses do not reveal which.</summary>
    InvalidCredentials,

    /// <summary>Too many wrong credentials came from the address, or for the account, within a minute.</summary>
    Throttled,

    /// <summary>The issuer of the token does not return its keys, so that the token cannot be validated.</summary>
    IssuerUnavailable,
}

/// <summary>Result of an authentication: the principal, or why the credentials were not accepted.</summary>
public readonly record struct AuthenticationResult(RequestPrincipal? Principal, AuthenticationFailure? Failure)
{
    /// <summary>
    /// The claimed and unproved identity, for the audit log: a robot of the policy or a fixed word, since people type secrets in
    /// place of user names. Null when the audit log records no further failures from the address or for the account.
    /// </summary>
    public string? ClaimedName { get; init; }
}
