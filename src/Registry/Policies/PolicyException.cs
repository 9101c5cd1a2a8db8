namespace Registry.Policies;

/// <summary>A policy is invalid. The message states where, and what to do.</summary>
public sealed class PolicyException(string message) : Exception(message);
