namespace Registry.Access;

/// <summary>An issuer cannot be asked for its keys, so that nothing can be said of its tokens.</summary>
public sealed class IssuerUnavailableException(string issuer, Exception cause)
    : Exception($"The issuer {issuer} does not give its keys.", cause);
