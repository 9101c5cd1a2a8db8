using System.Diagnostics;

/// <summary>
/// Runs in the worker before its own code (<c>DOTNET_STARTUP_HOOKS</c>): ends the worker when the host has ended without a word, which
/// the end of its standard input shows. A real host's worker ends with their container.
/// </summary>
static class StartupHook
{
    public static void Initialize() => new Thread(EndWithHost) { IsBackground = true }.Start();

    static void EndWithHost()
    {
        using var input = Console.OpenStandardInput();
        while (input.ReadByte() >= 0)
        {
            // The host writes nothing.
        }
        Process.GetCurrentProcess().Kill();
    }
}
