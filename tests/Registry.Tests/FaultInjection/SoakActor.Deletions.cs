using System.Diagnostics;

namespace Registry.Tests.FaultInjection;

/// <content>Deletions, and abandoned uploads.</content>
sealed partial class SoakActor
{
    async Task DeleteTagAsync(CancellationToken cancellationToken)
    {
        var key = new LedgerKey(Pick(_repositories), Tag());
        await DeleteAsync("DELETE tag", key, [new(key, null)]);
    }

    async Task DeleteManifestAsync(CancellationToken cancellationToken)
    {
        var key = PickPresent();
        await DeleteAsync("DELETE manifest", key, EffectsOfDelete(key));
    }

    Effect[] EffectsOfDelete(LedgerKey manifest) =>
        [new(manifest, null), .. Ledger.TagsThatMayBe(manifest.Repository, manifest.Reference)
            .Select(tag => new Effect(tag, null, From: manifest.Reference))];

    async Task DeleteAsync(string operation, LedgerKey key, Effect[] effects)
    {
        var certain = Ledger.Find(key).Certain;
        var change = Ledger.Begin(effects);
        var (done, lost) = (false, false);
        var began = Stopwatch.GetTimestamp();
        foreach (var effect in effects) _deleted.Remove(effect.Key);
        for (var attempt = 0; attempt < Attempts && !done; attempt++)
        {
            if (attempt > 0) await Task.Delay(_random.Next(100, 500 * attempt));
            var answer = Note(operation, key.Repository, await SendAsync(HttpMethod.Delete, SoakContext.ManifestPath(key.Repository,
                key.Reference)), [key.Reference, .. effects.Select(effect => effect.Key.Reference)]);
            if (answer.IsNotFound && certain is not null && !lost)
            {
                _context.Report.ReportViolation($"{_name} deleted {key}, which was not found: it should have been {certain}",
                    key.ToString(), certain);
            }
            // Deleted, by this attempt or by a previous one.
            done = answer.Outcome == Outcome.Done || answer.IsNotFound;
            if (answer.Outcome == Outcome.Done && !lost && certain is not null) _deleted[key] = (certain, began);
            if (answer.Outcome != Outcome.Unknown) continue;
            lost = true;
            change.Lose();
        }
        if (done) change.Done();
        else change.NotDone();
    }

    /// <summary>Usually a blob that some manifest references.</summary>
    async Task DeleteBlobAsync(CancellationToken cancellationToken)
    {
        var repository = _random.Next(2) == 0 ? Private : SoakContext.Contested;
        var manifest = PickManifest();
        var digest = manifest.Blobs.Count > 0 ? manifest.Blobs[_random.Next(manifest.Blobs.Count)].Digest.ToString()
            : Pick(_context.ContentPool.Blobs).Digest.ToString();
        var users = _own.Where(own => own.Blobs.Any(blob => blob.Digest.ToString() == digest)
            && Ledger.Find(new(repository, own.Digest)).Certain is not null).ToList();
        _blobs.Forget(repository, digest);
        var answer = Note("DELETE blob", repository, await SendAsync(HttpMethod.Delete, SoakContext.BlobPath(repository, digest)), digest);
        _blobs.Forget(repository, digest);
        if (users.Count > 0 && answer.Status is 202 or 404)
        {
            _context.Report.ReportViolation(
                $"{_name} could delete {digest} from {repository}, which {users[0].Digest} references: {answer.Status}",
                digest, users[0].Digest);
        }
    }

    /// <summary>
    /// Begins an upload, sends a part of it, and abandons it: silently, within a request, or with a cancellation.
    /// </summary>
    async Task AbandonUploadAsync(CancellationToken cancellationToken)
    {
        var (repository, blob) = (Pick(_repositories), Pick(_context.ContentPool.Blobs));
        if (_random.Next(4) == 0)
        {
            await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/?digest={blob.Digest}",
                blob.Bytes, cutAfter: blob.Bytes.Length / 2);
            _context.Report.Count("upload aborted", "done");
            return;
        }
        var begun = await SendAsync(HttpMethod.Post, $"/v2/{repository}/blobs/uploads/");
        if (begun.Outcome != Outcome.Done) return;
        var patch = await SendAsync(HttpMethod.Patch, begun.Location!, blob.Bytes);
        if (patch.Outcome == Outcome.Done && _random.Next(3) == 0) await SendAsync(HttpMethod.Delete, patch.Location!);
        _context.Report.Count("upload abandoned", "done");
    }

    async Task PushWrongDigestAsync(CancellationToken cancellationToken)
    {
        var (repository, blob, other) = (Pick(_repositories), Pick(_context.ContentPool.Blobs), Pick(_context.ContentPool.Blobs));
        if (blob.Bytes.AsSpan().SequenceEqual(other.Bytes)) return;
        var answer = Note("POST blob with wrong digest", repository, await SendAsync(HttpMethod.Post,
            $"/v2/{repository}/blobs/uploads/?digest={other.Digest}", blob.Bytes), other.Digest.ToString());
        if (answer.Outcome == Outcome.Done)
        {
            _context.Report.ReportViolation($"{_name} pushed to {repository} as {other.Digest} what is {blob.Digest}",
                other.Digest.ToString());
        }
    }
}
