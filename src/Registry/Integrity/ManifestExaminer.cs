using System.Collections.Concurrent;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Looks at a manifest: its bytes, its columns, what it needs, and its place among the referrers.</summary>
sealed class ManifestExaminer(CheckContext context, RepositoryName name)
{
    readonly Partition _repository = context.Account.Repository(name);
    readonly LinkRepair _links = new(context);
    readonly ManifestRebuild _rebuild = new(context, name);

    public async Task<IReadOnlyList<Problem>> ExamineAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await ReadAsync(digest, cancellationToken) is not ({ } row, { } judgement)) return [];
        List<Problem> problems = [];
        if (judgement.BodyFault is not null) problems.Add(await DescribeBodyAsync(digest, row, judgement, cancellationToken));
        if (judgement.Unreadable is { } unreadable)
        {
            problems.Add(new(new Finding(
                FindingKind.RowUnreadable,
                name.Value,
                row.RowKey,
                unreadable,
                Repair: null,
                "pull it and look; clients get it as it was pushed",
                IsWarning: true)));
        }

        var (present, needs) = await LookForReferencesAsync(row, judgement, cancellationToken);
        problems.AddRange(needs);
        var unheld = judgement.Unheld.Where(reference => present.ContainsKey(reference.Digest)).ToList();
        if (judgement.ColumnsFault is not null || unheld.Count > 0)
        {
            var message = judgement.ColumnsFault ?? $"its row does not hold on to {unheld[0].Digest}, which it needs";
            problems.Add(judgement.Manifest is { } manifest
                ? new(
                    new Finding(FindingKind.ManifestColumns, name.Value, row.RowKey, message, "write its columns anew from its bytes"),
                    cancel => RewriteAsync(manifest, row, judgement, present, cancel))
                : new(new Finding(FindingKind.ManifestColumns, name.Value, row.RowKey, message, null, $"push {digest} again")));
        }
        if (judgement.Manifest is not null && ManifestRows.Referrer(_repository, judgement.Manifest) is { } referrer)
            problems.AddRange(await LookForReferrerAsync(row, referrer, cancellationToken));

        if (problems.Count == 0) return [];
        // What others change in the meantime is no problem.
        return await RowFingerprint.IsStillAsync(_repository, row, cancellationToken) ? problems : [];
    }

    /// <summary>A manifest's row, and what is to be said of it; nothing when it is not there.</summary>
    public async Task<(TableEntity? Row, ManifestAssessment? Judgement)> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await _repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row) return (null, null);
        return (row, ManifestAssessment.Of(digest, row, await ReadBodyAsync(digest, row, cancellationToken), context.AcceptSparse));
    }

    /// <summary>The bytes of a manifest, from its row or from the container.</summary>
    public async Task<byte[]?> ReadBodyAsync(Digest digest, TableEntity row, CancellationToken cancellationToken) =>
        row.GetText(Columns.Object) is { } id
            ? await context.Objects.ReadManifestAsync(digest, id, cancellationToken)
            : row.GetBinaries(Columns.Body);

    async Task<Problem> DescribeBodyAsync(Digest digest, TableEntity row, ManifestAssessment judgement, CancellationToken cancellationToken)
    {
        var finding = new Finding(
            FindingKind.ManifestBody, name.Value, row.RowKey, judgement.BodyFault!, "write it anew from an object that has its bytes");
        return await _rebuild.FindAsync(digest, row.GetText(Columns.MediaType), cancellationToken) is { } manifest
            ? new(finding, cancel => RestoreBodyAsync(manifest, row, judgement.Held, cancel))
            : new(finding with { Repair = null, Advice = $"push {digest} again" });
    }

    /// <summary>Asks for each reference whether it is there, and for each blob that is not, whether it could be.</summary>
    async Task<(ConcurrentDictionary<Digest, bool> Present, IEnumerable<Problem> Problems)> LookForReferencesAsync(
        TableEntity row, ManifestAssessment judgement, CancellationToken cancellationToken)
    {
        // Whether they are there as manifests.
        var present = new ConcurrentDictionary<Digest, bool>();
        var problems = new ConcurrentBag<Problem>();
        var all = judgement.Held
            .Select(held => new ManifestReference(held.Digest, held.IsManifest ? ReferenceKind.Manifest : ReferenceKind.Blob))
            .Concat(judgement.Unheld);
        await Parallel.ForEachAsync(all, CheckContext.InParallel(cancellationToken), async (reference, cancel) =>
        {
            var (digest, kind) = reference;
            if (kind != ReferenceKind.Blob && await _repository.ReadAsync(Layout.Manifest(digest), ["RowKey"], cancel) is not null)
                present[digest] = true;
            else if (kind != ReferenceKind.Manifest && await _repository.ReadAsync(Layout.Link(digest), ["RowKey"], cancel) is not null)
                present[digest] = false;
            else if (kind == ReferenceKind.Manifest) problems.Add(await DescribeChildAsync(row, digest, cancel));
            else problems.Add(await DescribeBlobAsync(row, digest, cancel));
        });
        return (present, problems);
    }

    async Task<Problem> DescribeBlobAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        var message = $"manifest {row.RowKey[Layout.ManifestPrefix.Length..]} needs it, but the repository does not link it";
        if (await _links.FindObjectAsync(digest, cancellationToken) is { } found)
        {
            return new(
                new Finding(
                    FindingKind.LinkMissing, name.Value, Layout.Link(digest), message, $"link object {found.Id} of {found.Length} bytes"),
                cancel => _links.LinkAsync(name, digest, Needed(row), cancel));
        }
        return new(new Finding(
            FindingKind.BlobMissing, name.Value, Layout.Link(digest), $"{message}, and no object with its bytes is there", Repair: null,
            $"push {digest} to {name} again, or delete the manifest"));
    }

    async Task<Problem> DescribeChildAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        var key = Layout.Manifest(digest);
        var message = $"it is a child of {row.RowKey[Layout.ManifestPrefix.Length..]}, but is not there; somebody may have deleted it";
        var finding = new Finding(
            FindingKind.ChildMissing, name.Value, key, message, Repair: null, $"push {digest} again, if you need it", IsWarning: true);
        if (await _repository.ReadAsync(Layout.Deleted(digest), ["RowKey"], cancellationToken) is not null)
        {
            return new(
                finding with
                {
                    Message = $"it is a child of {row.RowKey[Layout.ManifestPrefix.Length..]}, but was deleted",
                    Advice = "restore it, if you need it",
                });
        }
        return await _rebuild.FindAsync(digest, mediaType: null, cancellationToken) is null
            ? new(finding)
            : new(
                finding with { Repair = "write it anew from an object that has its bytes", Advice = null },
                cancel => _rebuild.RunAsync(digest, null, null, [Needed(row)], cancel));
    }

    async Task<IReadOnlyList<Problem>> LookForReferrerAsync(TableEntity row, TableEntity referrer, CancellationToken cancellationToken)
    {
        var there = await _repository.ReadAsync(referrer.RowKey, columns: null, cancellationToken);
        if (there is not null && RowFingerprint.Of(there) == RowFingerprint.Of(referrer)) return [];
        var finding = there is null
            ? new Finding(
                FindingKind.ReferrerMissing,
                name.Value,
                referrer.RowKey,
                "the manifest has a subject, but is not among its referrers",
                "add it from the manifest")
            : new Finding(
                FindingKind.ReferrerWrong,
                name.Value,
                referrer.RowKey,
                "it does not describe its manifest",
                "write it anew from the manifest");
        return [new(finding, cancel => _repository.SubmitAsync([Needed(row), Partition.Put(referrer)], cancel))];
    }

    async Task RewriteAsync(
        Manifest manifest,
        TableEntity row,
        ManifestAssessment judgement,
        ConcurrentDictionary<Digest, bool> present,
        CancellationToken cancellationToken)
    {
        var added = judgement.Unheld.Where(reference => present.ContainsKey(reference.Digest))
            .Select(reference => new PinnedReference(reference.Digest, present[reference.Digest]));
        List<PinnedReference> held = [.. judgement.Held, .. added];
        await WriteAsync(manifest, row, held, row.GetText(Columns.Object), cancellationToken);
    }

    /// <summary>
    /// Part of a transaction that is done only while the manifest is there. What it needs never changes, whatever its row has become.
    /// </summary>
    TableTransactionAction Needed(TableEntity row) => Partition.Touch(_repository.Row(row.RowKey));

    /// <summary>The bytes again as they were: short ones into the row, long ones by the object that the repository links.</summary>
    async Task RestoreBodyAsync(Manifest manifest, TableEntity row, IReadOnlyList<PinnedReference> held, CancellationToken cancellationToken)
    {
        var body = default(string);
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            var link = await _repository.ReadAsync(Layout.Link(manifest.Digest), [Columns.Object], cancellationToken);
            // An own problem, if it is none of this one's references, and repaired then.
            if (link is null && !await _links.LinkAsync(name, manifest.Digest, Needed(row), cancellationToken)) return;
            if (link?.GetText(Columns.Object) is not { } linked
                || await context.Objects.ReadManifestAsync(manifest.Digest, linked, cancellationToken) is null)
            {
                return;
            }
            body = linked;
        }
        await WriteAsync(manifest, row, held, body, cancellationToken);
    }

    async Task WriteAsync(
        Manifest manifest, TableEntity row, IReadOnlyList<PinnedReference> held, string? body, CancellationToken cancellationToken)
    {
        var pushed = row.TryGetValue(Columns.Pushed, out var value) && value is DateTimeOffset then ? then : context.Time.GetUtcNow();
        var written = ManifestRows.Manifest(_repository, manifest, held, body, pushed);
        List<TableTransactionAction> rows = [Partition.Replace(written, row.ETag)];
        if (ManifestRows.Referrer(_repository, manifest) is { } referrer) rows.Add(Partition.Put(referrer));
        // What is missing is a problem of its own; the others are touched, as by a push.
        List<PinnedReference> touched = [];
        foreach (var reference in held)
            if (await _repository.ReadAsync(reference.Key, ["RowKey"], cancellationToken) is not null) touched.Add(reference);
        await PinnedWrite.RunAsync(_repository, manifest.Digest, touched, rows, cancellationToken);
    }
}
