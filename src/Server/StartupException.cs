namespace Registry.Server;

/// <summary>The server or a command cannot start or continue. The message tells the user what to do.</summary>
public class StartupException(string message) : Exception(message);
