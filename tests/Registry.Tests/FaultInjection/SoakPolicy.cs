using System.Collections.Concurrent;
using System.Diagnostics;

namespace Registry.Tests.FaultInjection;

/// <summary>
/// The policy of the registry under test, with a repository of locked tags and one with retention; and the pushes that it
/// affects.
/// </summary>
sealed class SoakPolicy
{
    public const string Locked = "soak/locked";
    public const string Retained = "soak/retained";
    public const int KeptNewest = 5;

    /// <summary>Anonymous is administrator, as on a local server.</summary>
    public static string Text => $$"""
        {
          "rules": [{ "name": "all", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["admin"] }],
          "tags": [{ "name": "locked", "repositories": ["{{Locked}}"], "tags": ["v*"], "mode": "locked" }],
          "retention": [{ "name": "newest", "repositories": ["{{Retained}}"], "tags": ["*"], "keepNewest": {{KeptNewest}} }]
        }
        """;

    readonly ConcurrentDictionary<string, string> _locked = new();
    readonly long _began = Stopwatch.GetTimestamp();
    long _pushesBegun;
    long _pushesEnded;

    /// <summary>Locked tags whose push was acknowledged, and their permanent digests.</summary>
    public IReadOnlyDictionary<string, string> LockedTags => _locked;

    /// <summary>A tag that several clients push at the same time; there is a new one every few seconds.</summary>
    public string NextLockedTag() => $"v{(int)Stopwatch.GetElapsedTime(_began).TotalSeconds / 4}";

    /// <summary>Records an acknowledged push of a locked tag.</summary>
    /// <returns>The digest of another acknowledged push; null if it is the same.</returns>
    public string? Acknowledge(string tag, string digest) => _locked.GetOrAdd(tag, digest) is var first && first != digest ? first : null;

    /// <summary>Begins a push to the repository with retention.</summary>
    /// <returns>A function that returns how many pushes may be newer.</returns>
    public Func<long> BeginRetained()
    {
        var ended = Interlocked.Read(ref _pushesEnded);
        var begun = Interlocked.Increment(ref _pushesBegun);
        return () => Interlocked.Read(ref _pushesBegun) - begun + (begun - 1 - ended);
    }

    public void EndRetained() => Interlocked.Increment(ref _pushesEnded);
}
