namespace Registry.Policies;

/// <summary>A policy cannot be used; the message says where and what to do.</summary>
public sealed class PolicyException(string message) : Exception(message);
