namespace Registry.Server;

/// <summary>The server cannot start, for a reason that the user can do something about: one line that says what.</summary>
public sealed class StartupException(string message) : Exception(message);
