using Registry.FunctionsHost.Protocol;

namespace Registry.FunctionsHost;

/// <summary>Writes what the worker logs to the console: what functions log, and warnings of the worker itself.</summary>
static class WorkerLog
{
    const int OfTheWorker = 1;

    /// <param name="log">The log entry.</param>
    /// <param name="function">Name of the function that was running; null if it was none.</param>
    public static void Write(Log log, string? function)
    {
        var level = (LogLevel)log.Level;
        if (level < (log.Kind == OfTheWorker ? LogLevel.Warning : LogLevel.Information)) return;
        var category = log.Kind == OfTheWorker || function is null ? log.Category : $"Function.{function}.User";
        Console.WriteLine($"{level}: {category}: {log.Text}");
        if (log.Exception is { } exception) Console.WriteLine($"{exception.Message}\n{exception.Stack}");
    }
}
