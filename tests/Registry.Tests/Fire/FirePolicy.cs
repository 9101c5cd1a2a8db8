using System.Collections.Concurrent;
using System.Diagnostics;

namespace Registry.Tests.Fire;

/// <summary>The policy of the registry that burns, with a repository whose tags are locked and one in which few are kept; and what it makes of pushes.</summary>
sealed class FirePolicy
{
    public const string Locked = "fire/locked";
    public const string Retained = "fire/retained";
    public const int KeptNewest = 5;

    /// <summary>Everybody may do everything, as on a server of one's own.</summary>
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

    /// <summary>Locked tags whose push was acknowledged, and what they point to for ever.</summary>
    public IReadOnlyDictionary<string, string> LockedTags => _locked;

    /// <summary>One that several clients try to have at the same time: there is a new one every few seconds.</summary>
    public string NextLockedTag() => $"v{(int)Stopwatch.GetElapsedTime(_began).TotalSeconds / 4}";

    /// <summary>Takes note of an acknowledged push of a locked tag.</summary>
    /// <returns>What another push was acknowledged for; null when it is the same.</returns>
    public string? Acknowledge(string tag, string digest) => _locked.GetOrAdd(tag, digest) is var first && first != digest ? first : null;

    /// <summary>Begins a push to the repository in which few tags are kept.</summary>
    /// <returns>Tells how many pushes may be newer than it.</returns>
    public Func<long> BeginRetained()
    {
        var ended = Interlocked.Read(ref _pushesEnded);
        var begun = Interlocked.Increment(ref _pushesBegun);
        return () => Interlocked.Read(ref _pushesBegun) - begun + (begun - 1 - ended);
    }

    public void EndRetained() => Interlocked.Increment(ref _pushesEnded);
}
