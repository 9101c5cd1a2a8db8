namespace Registry.Tests.Fire;

/// <content>Rules of the policy on tags, with concurrent pushes.</content>
sealed partial class FireActor
{
    /// <summary>Several clients push a tag that is locked from its first push on: one of them wins, permanently.</summary>
    async Task PushLockedTagAsync(CancellationToken cancellationToken)
    {
        var (tag, manifest) = (_fire.Policy.NextLockedTag(), _common[_random.Next(9)]);
        if (!await EnsureBlobsAsync(FirePolicy.Locked, manifest, cancellationToken)) return;
        var answer = Note("PUT manifest, locked tag", FirePolicy.Locked, await PutAsync(FirePolicy.Locked, manifest, tag), tag, manifest.Digest);
        if (answer.Outcome != Outcome.Done) return;
        if (_fire.Policy.Acknowledge(tag, manifest.Digest) is { } other)
            _fire.Report.Violate($"{_name} pushed the locked tag {tag} as {manifest.Digest}, and somebody else as {other}", $"{FirePolicy.Locked} {tag}", manifest.Digest, other);
    }

    async Task DeleteLockedTagAsync(CancellationToken cancellationToken)
    {
        if (_fire.Policy.LockedTags.Count == 0) return;
        var (tag, digest) = Pick([.. _fire.Policy.LockedTags]);
        var reference = _random.Next(2) == 0 ? tag : digest;
        var answer = Note("DELETE of what is locked", FirePolicy.Locked, await SendAsync(HttpMethod.Delete, FireContext.ManifestPath(FirePolicy.Locked, reference)), tag, digest);
        if (answer.Status is 202 or 404) _fire.Report.Violate($"{_name} deleted {reference} of the locked tag {tag}: {answer.Explain()}", $"{FirePolicy.Locked} {tag}", digest);
    }

    /// <summary>Tags of which collectors keep the newest: this one is kept while few others are pushed after it.</summary>
    async Task PushRetainedTagAsync(CancellationToken cancellationToken)
    {
        var (tag, manifest) = ($"pr-{_random.Next(20)}", _common[_random.Next(9)]);
        if (!await EnsureBlobsAsync(FirePolicy.Retained, manifest, cancellationToken)) return;
        var newer = _fire.Policy.BeginRetained();
        Answer put;
        try
        {
            put = Note("PUT manifest, tag to be kept for a while", FirePolicy.Retained, await PutAsync(FirePolicy.Retained, manifest, tag), tag, manifest.Digest);
        }
        finally
        {
            _fire.Policy.EndRetained();
        }
        if (put.Outcome != Outcome.Done) return;
        await Task.Delay(_random.NextDouble() * 0.3 * _fire.Options.Grace, cancellationToken);
        var get = await SendAsync(HttpMethod.Get, FireContext.ManifestPath(FirePolicy.Retained, tag));
        if (get.IsNotFound && newer() < FirePolicy.KeptNewest)
            _fire.Report.Violate($"{_name} pushed {tag}, {newer()} others may be newer, and it is gone", $"{FirePolicy.Retained} {tag}", manifest.Digest);
    }
}
