using System.Diagnostics;
using System.Text.Json.Nodes;

namespace Registry.Tests.FaultInjection;

/// <content>Restores: recently deleted content can be restored, with all its blobs.</content>
sealed partial class SoakActor
{
    /// <summary>Certain deletions: the digest, and the time of the deletion.</summary>
    readonly Dictionary<LedgerKey, (string Digest, long Since)> _deleted = [];

    static string DeletedPath(LedgerKey key) => $"/v2/{key.Repository}/_registry/deleted/manifests/{key.Reference}";

    bool IsRestorable(long since) => Stopwatch.GetElapsedTime(since) < _context.Options.KeepDeleted;

    async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (_deleted.Count == 0) return;
        // Usually one that is still restorable.
        var lately = _deleted.Where(pair => IsRestorable(pair.Value.Since)).ToList();
        var (key, (digest, since)) = Pick(lately.Count > 0 ? lately : [.. _deleted]);
        _deleted.Remove(key);
        if (key.IsTag) await RestoreTagAsync(key, digest, since);
        else await RestoreManifestAsync(key, since);
    }

    /// <summary>Its tags are restored too, unless they exist again: the answer lists which.</summary>
    async Task RestoreManifestAsync(LedgerKey key, long since)
    {
        var tags = Ledger.Keys.Where(tag => tag.IsTag && tag.Repository == key.Repository
            && Ledger.Find(tag).Possible.Contains(null)).ToList();
        foreach (var tag in tags) _deleted.Remove(tag);
        var change = BeginRestoration(key);
        var children = BeginRestorationOfChildren(key);
        var ofTags = tags.ToDictionary(tag => tag.Reference, tag => Ledger.Begin(new Effect(tag, key.Reference)));
        Answer? answer = null;
        for (var attempt = 0; attempt < Attempts && answer?.Outcome is not (Outcome.Done or Outcome.Refused); attempt++)
        {
            if (attempt > 0) await Task.Delay(_random.Next(100, 500 * attempt));
            answer = Note("restore manifest", key.Repository, await SendAsync(HttpMethod.Post, DeletedPath(key)),
                [key.Reference, .. tags.Concat(ChildrenOf(key)).Select(other => other.Reference)]);
            if (answer.Outcome == Outcome.Refused && attempt == 0) VerifyRestoration(key, key.Reference, since, answer);
            if (answer.Outcome != Outcome.Unknown) continue;
            change.Lose();
            children.Lose();
            foreach (var lost in ofTags.Values) lost.Lose();
        }
        var restored = answer!.Outcome == Outcome.Done ? JsonNode.Parse(answer.Body)!["tags"]!.AsArray()
            .Select(tag => (string?)tag).ToHashSet() : [];
        foreach (var (tag, ofTag) in ofTags)
        {
            if (restored.Contains(tag)) ofTag.Done();
            else ofTag.NotDone();
        }
        End(change, answer);
        EndRestorationOfChildren(children, answer);
    }

    Ledger.Change BeginRestoration(params LedgerKey[] manifest)
    {
        foreach (var key in manifest) _deleted.Remove(key);
        return Ledger.Begin([.. manifest.Select(key => new Effect(key, key.Reference))]);
    }

    /// <summary>The children of an index are restored with it.</summary>
    Ledger.Change BeginRestorationOfChildren(LedgerKey index) => BeginRestoration([.. ChildrenOf(index)]);

    IEnumerable<LedgerKey> ChildrenOf(LedgerKey index) => _own.First(own => own.Digest == index.Reference)
        .Children.Select(child => index with { Reference = child.Digest });

    static void EndRestorationOfChildren(Ledger.Change children, Answer answer)
    {
        // Some of them may exist, although another is missing.
        if (answer.Outcome == Outcome.Done) children.Done();
        else EndUnknown(children);
    }

    static void EndUnknown(Ledger.Change change)
    {
        change.Lose();
        change.NotDone();
    }

    async Task RestoreTagAsync(LedgerKey key, string digest, long since)
    {
        var manifest = key with { Reference = digest };
        var before = Ledger.Find(manifest);
        var change = Ledger.Begin(new Effect(key, digest));
        var ofManifest = BeginRestoration(manifest);
        // An existing index does not restore its deleted children.
        var children = before.Certain is null ? BeginRestorationOfChildren(manifest) : Ledger.Begin();
        var answer = Note("restore tag", key.Repository, await SendAsync(HttpMethod.Post, DeletedPath(key)),
            [key.Reference, digest, .. ChildrenOf(manifest).Select(child => child.Reference)]);
        if (answer.Outcome == Outcome.Refused) VerifyRestoration(key, digest, since, answer);
        if (answer.Outcome == Outcome.Unknown) change.Lose();
        // The manifest may exist, although the tag is missing.
        if (answer.Outcome != Outcome.Done) ofManifest.Lose();
        End(ofManifest, answer);
        End(change, answer);
        if (before.Possible.All(value => value is null)) EndRestorationOfChildren(children, answer);
        else EndUnknown(children);
    }

    /// <summary>Recent deletions are restorable, unless a client has deleted a blob separately.</summary>
    void VerifyRestoration(LedgerKey key, string digest, long since, Answer answer)
    {
        if (!IsRestorable(since)) return;
        var manifest = _own.First(own => own.Digest == digest);
        if (manifest.Children.Count > 0) return;
        var missing = Missing().Match(answer.Explain()) is { Success: true } match ? match.Groups[1].Value : null;
        if (missing is not null && (key.Repository == SoakContext.Contested || _blobs.WasDeletedSince(key.Repository, missing, since)))
            return;
        // The deletion of the tag may be more recent than that of its manifest.
        if (missing is null && key.IsTag) return;
        _context.Report.ReportViolation($"{_name} deleted {key} recently and cannot restore it: {answer.Explain()}",
            [key.ToString(), digest, .. missing is null ? Array.Empty<string>() : [missing]]);
    }

    async Task PurgeAsync(CancellationToken cancellationToken)
    {
        if (_deleted.Count == 0) return;
        var key = Pick([.. _deleted.Keys]);
        _deleted.Remove(key);
        Note("purge", key.Repository, await SendAsync(HttpMethod.Delete, DeletedPath(key)), key.Reference);
    }
}
