namespace Registry.Access;

/// <summary>An issuer does not return its keys, so that its tokens cannot be validated.</summary>
public sealed class IssuerUnavailableException(string issuer)
    : Exception($"The issuer {issuer} does not return its keys, so that its tokens cannot be validated.");
