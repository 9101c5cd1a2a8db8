namespace Registry.Tests.FaultInjection;

/// <content>Rules of the policy on tags, with concurrent pushes.</content>
sealed partial class SoakActor
{
    /// <summary>Several clients push a tag that is locked from its first push on: one of them wins, permanently.</summary>
    async Task PushLockedTagAsync(CancellationToken cancellationToken)
    {
        var (tag, manifest) = (_context.Policy.NextLockedTag(), _common[_random.Next(9)]);
        if (!await EnsureBlobsAsync(SoakPolicy.Locked, manifest, cancellationToken)) return;
        var answer = Note("PUT manifest, locked tag", SoakPolicy.Locked,
            await PutAsync(SoakPolicy.Locked, manifest, tag), tag, manifest.Digest);
        if (answer.Outcome != Outcome.Done) return;
        if (_context.Policy.Acknowledge(tag, manifest.Digest) is { } other)
        {
            _context.Report.ReportViolation($"{_name} pushed the locked tag {tag} as {manifest.Digest}, and another client as {other}",
                $"{SoakPolicy.Locked} {tag}", manifest.Digest, other);
        }
    }

    async Task DeleteLockedTagAsync(CancellationToken cancellationToken)
    {
        if (_context.Policy.LockedTags.Count == 0) return;
        var (tag, digest) = Pick([.. _context.Policy.LockedTags]);
        var reference = _random.Next(2) == 0 ? tag : digest;
        var answer = Note("DELETE of locked tag or manifest",
            SoakPolicy.Locked, await SendAsync(HttpMethod.Delete, SoakContext.ManifestPath(SoakPolicy.Locked, reference)), tag, digest);
        if (answer.Status is 202 or 404)
        {
            _context.Report.ReportViolation($"{_name} deleted {reference} of the locked tag {tag}: {answer.Explain()}",
                $"{SoakPolicy.Locked} {tag}", digest);
        }
    }

    /// <summary>Tags of which collectors keep the newest: this one is kept while few others are pushed after it.</summary>
    async Task PushRetainedTagAsync(CancellationToken cancellationToken)
    {
        var (tag, manifest) = ($"pr-{_random.Next(20)}", _common[_random.Next(9)]);
        if (!await EnsureBlobsAsync(SoakPolicy.Retained, manifest, cancellationToken)) return;
        var newer = _context.Policy.BeginRetained();
        Answer put;
        try
        {
            put = Note("PUT manifest, tag with retention", SoakPolicy.Retained,
                await PutAsync(SoakPolicy.Retained, manifest, tag), tag, manifest.Digest);
        }
        finally
        {
            _context.Policy.EndRetained();
        }
        if (put.Outcome != Outcome.Done) return;
        await Task.Delay(_random.NextDouble() * 0.3 * _context.Options.Grace, cancellationToken);
        var get = await SendAsync(HttpMethod.Get, SoakContext.ManifestPath(SoakPolicy.Retained, tag));
        if (get.IsNotFound && newer() < SoakPolicy.KeptNewest)
        {
            _context.Report.ReportViolation($"{_name} pushed {tag}, {newer()} others may be newer, and it is missing",
                $"{SoakPolicy.Retained} {tag}", manifest.Digest);
        }
    }
}
