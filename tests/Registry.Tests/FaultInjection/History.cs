using System.Collections.Concurrent;
using System.Globalization;

namespace Registry.Tests.FaultInjection;

/// <summary>Recent operations on each tag and digest, to investigate a loss.</summary>
sealed class History
{
    const int Kept = 40;

    readonly ConcurrentDictionary<string, Queue<string>> _events = new();

    /// <summary>The time of day, comparable with the storage's timestamps.</summary>
    public static string Now() => DateTime.UtcNow.ToString("HH:mm:ss.fff", CultureInfo.InvariantCulture);

    public void Add(string what, params IEnumerable<string> about)
    {
        var text = $"{Now()} {what}";
        foreach (var key in about)
        {
            var events = _events.GetOrAdd(key, _ => new());
            lock (events)
            {
                events.Enqueue(text);
                if (events.Count > Kept) events.Dequeue();
            }
        }
    }

    public IReadOnlyList<string> Find(IEnumerable<string> about) =>
        [.. about.SelectMany(key => _events.TryGetValue(key, out var events) ? Copy(events) : []).Distinct().Order(StringComparer.Ordinal)];

    static string[] Copy(Queue<string> events)
    {
        lock (events) return [.. events];
    }
}
