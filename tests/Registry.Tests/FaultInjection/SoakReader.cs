using System.Text.Json.Nodes;

namespace Registry.Tests.FaultInjection;

/// <summary>Repeatedly reads acknowledged content. Only a definite answer counts: not found, or other bytes.</summary>
sealed class SoakReader(SoakContext context, IReadOnlyList<SoakActor> actors, string name)
{
    const int Attempts = 5;

    readonly Random _random = context.Options.RandomFor(name);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            if (_random.Next(8) == 0 && context.Policy.LockedTags.ToList() is { Count: > 0 } locked)
            {
                var (tag, digest) = locked[_random.Next(locked.Count)];
                await CheckLockedTagAsync(tag, digest);
                continue;
            }
            if (_random.Next(4) == 0)
            {
                await CheckSharedTagAsync(SoakContext.Shared[_random.Next(SoakContext.Shared.Length)],
                    SoakContext.SharedTags[_random.Next(SoakContext.SharedTags.Length)]);
                continue;
            }
            var actor = actors[_random.Next(actors.Count)];
            if (actor.Ledger.Keys is { Count: > 0 } keys) await CheckAsync(actor, keys[_random.Next(keys.Count)], most: 8);
            await Task.Delay(20, cancellationToken);
        }
    }

    /// <summary>Checks one tag or manifest of one client, with its blobs.</summary>
    /// <param name="actor">The client.</param>
    /// <param name="key">The tag or manifest.</param>
    /// <param name="most">Maximum number of blobs that are read.</param>
    /// <returns>Whether the answers were definite.</returns>
    public async Task<bool> CheckAsync(SoakActor actor, LedgerKey key, int most)
    {
        var before = actor.Ledger.Find(key);
        if (before.IsBusy) return false;
        if (await GetAsync(SoakContext.ManifestPath(key.Repository, key.Reference)) is not { } answer) return false;
        var found = answer.IsNotFound ? null : answer.Digest;
        if (actor.Ledger.Observe(key, before.Version, found) is not { } right) return false;
        if (!right)
        {
            var expected = string.Join(" or ", before.Possible.Select(value => value ?? "nothing"));
            context.Report.ReportViolation($"{key} should be {expected}, and is {found ?? answer.Explain()} ({answer.Server})",
                [key.ToString(), .. before.Possible.OfType<string>(), .. found is null ? Array.Empty<string>() : [found]]);
            return true;
        }
        context.Report.Count("check of a tag or manifest", "done");
        if (found is null) return true;
        if (actor.Manifests.FirstOrDefault(own => own.Digest == found) is not { } manifest
            || !manifest.Bytes.AsSpan().SequenceEqual(answer.Body))
        {
            context.Report.ReportViolation($"{key} has other bytes than {found}", key.ToString(), found);
            return true;
        }

        // Only if it certainly existed the whole time.
        var manifestKey = key with { Reference = found };
        before = actor.Ledger.Find(manifestKey);
        if (before.Certain is null) return true;
        var blobs = manifest.Blobs.Count <= most ? manifest.Blobs : [.. manifest.Blobs.OrderBy(_ => _random.Next()).Take(most)];
        foreach (var blob in blobs)
        {
            if (await GetAsync(SoakContext.BlobPath(key.Repository, blob.Digest.ToString())) is not { } content) continue;
            if (actor.Ledger.Find(manifestKey) is var now && (now.Version != before.Version || now.IsBusy)) return true;
            context.Report.Count("check of a blob", "done");
            if (content.Outcome == Outcome.Done && content.Body.AsSpan().SequenceEqual(blob.Bytes)) continue;
            var problem = content.Outcome == Outcome.Done ? "other bytes" : content.Explain();
            context.Report.ReportViolation(
                $"{blob.Digest} of {manifestKey} is {problem} ({content.Server})", blob.Digest.ToString(), found);
        }
        if (manifest.Subject is { } subject) await CheckReferrerAsync(actor, manifestKey, before.Version, subject);
        return true;
    }

    /// <summary>Checks a locked tag whose push was acknowledged.</summary>
    public async Task CheckLockedTagAsync(string tag, string digest)
    {
        if (await GetAsync(SoakContext.ManifestPath(SoakPolicy.Locked, tag)) is not { } answer) return;
        context.Report.Count("check of a locked tag", "done");
        if (answer.Outcome != Outcome.Done || answer.Digest != digest || OciContent.DigestOf(answer.Body) != digest)
        {
            context.Report.ReportViolation($"the locked tag {tag} should be {digest}, and is {answer.Digest ?? answer.Explain()}",
                $"{SoakPolicy.Locked} {tag}", digest);
        }
    }

    async Task CheckReferrerAsync(SoakActor actor, LedgerKey key, long version, string subject)
    {
        if (await GetAsync($"/v2/{key.Repository}/referrers/{subject}") is not { } answer) return;
        if (actor.Ledger.Find(key) is var now && (now.Version != version || now.IsBusy)) return;
        context.Report.Count("check of a referrer", "done");
        if (answer.Outcome == Outcome.Done && JsonNode.Parse(answer.Body)!["manifests"]!.AsArray()
            .Any(manifest => (string?)manifest!["digest"] == key.Reference))
        {
            return;
        }
        context.Report.ReportViolation($"{key} is not among the referrers of {subject}: {answer.Explain()}", key.Reference, subject);
    }

    /// <summary>A tag that all clients move and delete: it always points to a complete manifest.</summary>
    async Task CheckSharedTagAsync(string repository, string tag)
    {
        if (await GetAsync(SoakContext.ManifestPath(repository, tag)) is not { Outcome: Outcome.Done } answer) return;
        var digest = OciContent.DigestOf(answer.Body);
        if (answer.Digest != digest)
            context.Report.ReportViolation($"{repository} {tag} returned {answer.Digest}, and its bytes are {digest}", digest);
        if (context.ContentPool.For("all").FirstOrDefault(common => common.Digest == digest) is not { } manifest
            || manifest.Blobs.Count == 0)
        {
            return;
        }
        var blob = manifest.Blobs[_random.Next(manifest.Blobs.Count)].Digest.ToString();
        // It may be deleted meanwhile, with its blobs, and be pushed again, but not this often.
        for (var round = 0; round < 6; round++)
        {
            if (await GetAsync(SoakContext.BlobPath(repository, blob)) is not { IsNotFound: true }) break;
            if (await GetAsync(SoakContext.ManifestPath(repository, digest)) is not { Outcome: Outcome.Done }) break;
            if (round == 5) context.Report.ReportViolation($"{repository} has {digest}, and not its blob {blob}", digest, blob);
        }
        context.Report.Count("check of a shared tag", "done");
    }

    /// <summary>A definite answer; null if there was none.</summary>
    async Task<Answer?> GetAsync(string path)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var answer = await context.Client.SendAsync(_random, HttpMethod.Get, path);
            if (answer.Outcome is Outcome.Done or Outcome.Refused) return answer;
            await Task.Delay(_random.Next(50, 300));
        }
        context.Report.Count("check that got no answer", "unknown");
        return null;
    }
}
