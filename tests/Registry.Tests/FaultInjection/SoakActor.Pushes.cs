using System.Text.RegularExpressions;

namespace Registry.Tests.FaultInjection;

/// <content>Pushes.</content>
sealed partial class SoakActor
{
    Task PushTaggedAsync(CancellationToken cancellationToken) => PushAsync(Pick(_repositories), PickManifest(), Tag(), cancellationToken);

    Task PushByDigestAsync(CancellationToken cancellationToken) => PushAsync(Pick(_repositories), PickManifest(), null, cancellationToken);

    /// <summary>Manifests that all clients push, under tags that all clients move.</summary>
    async Task PushCommonAsync(CancellationToken cancellationToken)
    {
        var (repository, manifest) = (Pick(SoakContext.Shared), Pick(_common));
        foreach (var child in manifest.Children) await PushCommonAsync(repository, child, child.Digest, cancellationToken);
        await PushCommonAsync(repository, manifest, Pick(SoakContext.SharedTags), cancellationToken);
    }

    async Task PushCommonAsync(string repository, PoolManifest manifest, string reference, CancellationToken cancellationToken)
    {
        if (!await EnsureBlobsAsync(repository, manifest, cancellationToken)) return;
        Note("PUT common manifest", repository, await PutAsync(repository, manifest, reference), reference, manifest.Digest);
    }

    async Task DeleteCommonAsync(CancellationToken cancellationToken)
    {
        var reference = _random.Next(3) == 0 ? Pick(SoakContext.SharedTags) : Pick(_common).Digest;
        var repository = Pick(SoakContext.Shared);
        Note("DELETE common", repository, await SendAsync(HttpMethod.Delete, SoakContext.ManifestPath(repository, reference)), reference);
    }

    /// <summary>Pushes children, blobs, then the manifest, with retries.</summary>
    async Task PushAsync(string repository, PoolManifest manifest, string? tag, CancellationToken cancellationToken)
    {
        // Some clients assume that the blobs exist, and put the manifest first.
        if (_random.Next(8) > 0)
        {
            foreach (var child in manifest.Children)
            {
                if (Ledger.Find(new(repository, child.Digest)).Certain is null) await PushAsync(repository, child, null, cancellationToken);
            }
            if (!await EnsureBlobsAsync(repository, manifest, cancellationToken)) return;
            // Some clients are slow.
            if (_random.Next(7) == 0) await Task.Delay(_random.NextDouble() * _context.Options.Grace, cancellationToken);
        }
        await PutOwnAsync(repository, manifest, tag, cancellationToken);
    }

    async Task<bool> EnsureBlobsAsync(string repository, PoolManifest manifest, CancellationToken cancellationToken)
    {
        var ask = manifest.Blobs.Count > 50 || _random.Next(2) == 0;
        var all = true;
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = 4, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(manifest.Blobs, parallel, async (blob, cancel) =>
        {
            if (!await _blobs.EnsureAsync(repository, blob, ask, cancel)) Volatile.Write(ref all, false);
        });
        return all;
    }

    async Task PutOwnAsync(string repository, PoolManifest manifest, string? tag, CancellationToken cancellationToken)
    {
        var change = BeginPut(repository, manifest, tag);
        var done = false;
        try
        {
            for (var attempt = 0; attempt < Attempts && !done; attempt++)
            {
                if (attempt > 0) await Task.Delay(_random.Next(100, 500 * attempt), CancellationToken.None);
                var answer = Note("PUT manifest", repository,
                    await PutAsync(repository, manifest, tag ?? manifest.Digest), tag, manifest.Digest);
                if (answer.Outcome == Outcome.Unknown) change.Lose();
                done = answer.Outcome == Outcome.Done;
                if (answer.Outcome != Outcome.Refused) continue;
                VerifyRefusal(repository, manifest, answer);
                return;
            }
        }
        finally
        {
            if (done) change.Done();
            else change.NotDone();
        }
    }

    Ledger.Change BeginPut(string repository, PoolManifest manifest, string? tag)
    {
        Effect[] effects = [new(new(repository, manifest.Digest), manifest.Digest),
            .. tag is null ? Array.Empty<Effect>() : [new(new(repository, tag), manifest.Digest)]];
        foreach (var effect in effects) _deleted.Remove(effect.Key);
        return Ledger.Begin(effects);
    }

    /// <summary>
    /// Clients skip pushes because of earlier answers, and push a manifest after its blobs: an acknowledgement must hold for a
    /// while.
    /// </summary>
    void VerifyRefusal(string repository, PoolManifest manifest, Answer answer)
    {
        var missing = Missing().Match(answer.Explain()) is { Success: true } match ? match.Groups[1].Value : null;
        var child = manifest.Children.FirstOrDefault(child => child.Digest == missing);
        if (child is not null && Ledger.Find(new(repository, child.Digest)).Certain is null) return;
        if (child is null && missing is not null && (repository == SoakContext.Contested || !_blobs.IsPromised(repository, missing)))
            return;
        _context.Report.ReportViolation(
            $"{_name} was refused the manifest {manifest.Digest} in {repository}, although all its references existed: " +
                $"{answer.Explain()}", missing ?? "", manifest.Digest);
    }

    /// <summary>Pushes two manifests under one tag at the same time: one of them wins, and both exist.</summary>
    async Task PushOneTagTwiceAsync(CancellationToken cancellationToken)
    {
        var (repository, tag, one, other) = (Pick(_repositories), Tag(), PickImage(), PickImage());
        if (one == other || !await EnsureBlobsAsync(repository, one, cancellationToken)
            || !await EnsureBlobsAsync(repository, other, cancellationToken))
        {
            return;
        }
        var changes = new[] { one, other }.Select(manifest => BeginPut(repository, manifest, tag)).ToArray();
        var answers = await Task.WhenAll(new[] { one, other }.Select(manifest =>
            PutAsync(repository, manifest, tag, new Random(_random.Next()))));
        for (var i = 0; i < 2; i++)
        {
            Note("PUT manifest during another push of its tag", repository, answers[i], tag, one.Digest, other.Digest);
            if (answers[i].Outcome == Outcome.Unknown) changes[i].Lose();
            if (answers[i].Outcome == Outcome.Refused) VerifyRefusal(repository, i == 0 ? one : other, answers[i]);
        }
        if (answers.All(answer => answer.Outcome == Outcome.Done)) changes[0].DoneTogetherWith(changes[1]);
        else for (var i = 0; i < 2; i++) End(changes[i], answers[i]);
    }

    /// <summary>
    /// Moves a tag to another manifest while its present one is deleted: afterwards it points to the new one, in either order.
    /// </summary>
    async Task MoveTagWhileItsManifestIsDeletedAsync(CancellationToken cancellationToken)
    {
        var (repository, tag, manifest) = (Pick(_repositories), Tag(), PickImage());
        if (Ledger.Find(new(repository, tag)).Certain is not { } old
            || old == manifest.Digest || !await EnsureBlobsAsync(repository, manifest, cancellationToken))
        {
            return;
        }
        var wasThere = Ledger.Find(new(repository, old)).Certain is not null;
        var effects = EffectsOfDelete(new(repository, old));
        foreach (var effect in effects) _deleted.Remove(effect.Key);
        var deletion = Ledger.Begin(effects);
        var push = BeginPut(repository, manifest, tag);
        var answers = await Task.WhenAll(
            SendAsync(HttpMethod.Delete, SoakContext.ManifestPath(repository, old), random: new Random(_random.Next())),
                PutAsync(repository, manifest, tag, new Random(_random.Next())));
        Note("DELETE manifest during a push of its tag", repository, answers[0], tag, old, manifest.Digest);
        if (answers[0].IsNotFound && wasThere)
            _context.Report.ReportViolation($"{_name} deleted {old} in {repository}, which was not found", old);
        Note("PUT manifest during a deletion of its tag", repository, answers[1], tag, old, manifest.Digest);
        if (answers[0].Outcome == Outcome.Unknown) deletion.Lose();
        if (answers[1].Outcome == Outcome.Unknown) push.Lose();
        if (answers[1].Outcome == Outcome.Refused) VerifyRefusal(repository, manifest, answers[1]);
        End(deletion, answers[0]);
        End(push, answers[1]);
    }

    /// <summary>Deletes a manifest while it is pushed under a tag: either may be last, and the tag never dangles.</summary>
    async Task PushWhileItIsDeletedAsync(CancellationToken cancellationToken)
    {
        var (repository, tag, manifest) = (Pick(_repositories), Tag(), PickImage());
        var key = new LedgerKey(repository, manifest.Digest);
        if (Ledger.Find(key).Certain is null) await PushAsync(repository, manifest, null, cancellationToken);
        if (Ledger.Find(key).Certain is null || !await EnsureBlobsAsync(repository, manifest, cancellationToken)) return;
        Effect[] effects = [.. EffectsOfDelete(key).Where(effect => effect.Key.Reference != tag),
            new Effect(new(repository, tag), null, From: manifest.Digest)];
        foreach (var effect in effects) _deleted.Remove(effect.Key);
        var (deletion, push) = (Ledger.Begin(effects), BeginPut(repository, manifest, tag));
        // Either may be first.
        var (one, other) = (new Random(_random.Next()), new Random(_random.Next()));
        var pause = TimeSpan.FromMilliseconds(_random.Next(-15, 15));
        var answers = await Task.WhenAll(
            AfterAsync(pause, () => SendAsync(HttpMethod.Delete, SoakContext.ManifestPath(repository, manifest.Digest), random: one)),
            AfterAsync(-pause, () => PutAsync(repository, manifest, tag, other)));
        Note("DELETE manifest during its push", repository, answers[0], tag, manifest.Digest);
        if (answers[0].IsNotFound) _context.Report.ReportViolation($"{_name} deleted {key}, which was not found", manifest.Digest);
        Note("PUT manifest during its deletion", repository, answers[1], tag, manifest.Digest);
        if (answers[0].Outcome == Outcome.Unknown) deletion.Lose();
        if (answers[1].Outcome == Outcome.Unknown) push.Lose();
        if (answers[1].Outcome == Outcome.Refused) VerifyRefusal(repository, manifest, answers[1]);
        if (answers[0].Outcome == Outcome.Done && answers[1].Outcome == Outcome.Done)
        {
            deletion.DoneTogetherWith(push);
            return;
        }
        End(deletion, answers[0]);
        End(push, answers[1]);
    }

    static async Task<Answer> AfterAsync(TimeSpan pause, Func<Task<Answer>> send)
    {
        if (pause > TimeSpan.Zero) await Task.Delay(pause);
        return await send();
    }

    [GeneratedRegex(@"references (sha\d+:[0-9a-f]+),")]
    private static partial Regex Missing();
}
