using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Registry.Tests;

/// <summary>An entry of a log.</summary>
/// <param name="Category">Name of the logger.</param>
/// <param name="Level">Severity.</param>
/// <param name="Text">The formatted message, with the exception.</param>
/// <param name="Fields">Structured fields by name.</param>
sealed record LogEntry(string Category, LogLevel Level, string Text, IReadOnlyDictionary<string, string?> Fields);

/// <summary>Everything that a registry logs, at every level.</summary>
sealed class LogCollector : ILoggerProvider
{
    readonly ConcurrentQueue<LogEntry> _entries = new();

    public IReadOnlyCollection<LogEntry> Entries => _entries;

    public ILogger CreateLogger(string categoryName) => new Logger(categoryName, _entries);

    public void Dispose()
    {
    }

    sealed class Logger(string category, ConcurrentQueue<LogEntry> entries) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId,
            TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var fields = (state as IEnumerable<KeyValuePair<string, object?>> ?? [])
                .GroupBy(field => field.Key).ToDictionary(group => group.Key, group => group.Last().Value?.ToString());
            entries.Enqueue(new(category, logLevel, $"{formatter(state, exception)} {exception}", fields));
        }
    }
}
