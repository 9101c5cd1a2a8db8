namespace Registry.Server;

/// <summary>The server or a command cannot start or go on, for a reason that the user can do something about: one line that says what.</summary>
public class StartupException(string message) : Exception(message);
