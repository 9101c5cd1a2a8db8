using System.Collections.Concurrent;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Examines a manifest: its bytes, its columns, what it references, and its row among the referrers.</summary>
sealed class ManifestExaminer(CheckContext context, RepositoryName name)
{
    readonly Partition _repository = context.Account.Repository(name);
    readonly LinkRepair _links = new(context);
    readonly ManifestRebuild _rebuild = new(context, name);

    public async Task<IReadOnlyList<Problem>> ExamineAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await ReadAsync(digest, cancellationToken) is not ({ } row, { } assessment)) return [];
        List<Problem> problems = [];
        if (assessment.BodyFault is not null) problems.Add(await DescribeBodyAsync(digest, row, assessment, cancellationToken));
        if (assessment.Unreadable is { } unreadable)
        {
            problems.Add(new(new Finding(
                FindingKind.RowUnreadable,
                name.Value,
                row.RowKey,
                unreadable,
                Repair: null,
                "inspect it: clients receive it as it was pushed",
                IsWarning: true)));
        }

        var (present, missing) = await ExamineReferencesAsync(row, assessment, cancellationToken);
        problems.AddRange(missing);
        var unpinned = assessment.Unpinned
            .Where(reference => present.ContainsKey(reference.Digest) || reference.Kind == ReferenceKind.Optional)
            .ToList();
        if (assessment.ColumnsFault is not null || unpinned.Count > 0)
        {
            var message = assessment.ColumnsFault ?? $"its row does not pin {unpinned[0].Digest}, which it references";
            problems.Add(assessment.Manifest is { } manifest
                ? new(
                    new Finding(FindingKind.ManifestColumns, name.Value, row.RowKey, message, "write its columns again from its bytes"),
                    cancel => RewriteAsync(manifest, row, assessment.Pinned, unpinned, cancel))
                : new(new Finding(FindingKind.ManifestColumns, name.Value, row.RowKey, message, null, $"push {digest} again")));
        }
        if (assessment.Manifest is not null && ManifestRows.Referrer(_repository, assessment.Manifest) is { } referrer)
            problems.AddRange(await ExamineReferrerAsync(row, referrer, cancellationToken));

        if (problems.Count == 0) return [];
        // A row that has changed meanwhile is not a problem.
        return await RowFingerprint.IsStillAsync(_repository, row, cancellationToken) ? problems : [];
    }

    /// <summary>Reads a manifest's row and compares it with its bytes; nulls when the row is missing.</summary>
    public async Task<(TableEntity? Row, ManifestAssessment? Assessment)> ReadAsync(Digest digest, CancellationToken cancellationToken)
    {
        if (await _repository.ReadAsync(Layout.Manifest(digest), columns: null, cancellationToken) is not { } row) return (null, null);
        return (row, ManifestAssessment.Of(digest, row, await ReadBodyAsync(digest, row, cancellationToken)));
    }

    /// <summary>Reads the bytes of a manifest, from its row or from the container.</summary>
    public async Task<byte[]?> ReadBodyAsync(Digest digest, TableEntity row, CancellationToken cancellationToken) =>
        row.GetText(Columns.Object) is { } id
            ? await context.Objects.ReadManifestAsync(digest, id, cancellationToken)
            : row.GetBinaries(Columns.Body);

    async Task<Problem> DescribeBodyAsync(
        Digest digest, TableEntity row, ManifestAssessment assessment, CancellationToken cancellationToken)
    {
        var finding = new Finding(
            FindingKind.ManifestBody, name.Value, row.RowKey, assessment.BodyFault!, "write it again from an object that has its bytes");
        return await _rebuild.FindAsync(digest, row.GetText(Columns.MediaType), cancellationToken) is { } manifest
            ? new(finding, cancel => RestoreBodyAsync(manifest, row, assessment.Pinned, cancel))
            : new(finding with { Repair = null, Advice = $"push {digest} again" });
    }

    /// <summary>Looks up each reference, and for each missing one whether it can be repaired.</summary>
    async Task<(ConcurrentDictionary<Digest, bool> Present, IEnumerable<Problem> Problems)> ExamineReferencesAsync(
        TableEntity row, ManifestAssessment assessment, CancellationToken cancellationToken)
    {
        // Existing references, and whether each is a manifest.
        var present = new ConcurrentDictionary<Digest, bool>();
        var problems = new ConcurrentBag<Problem>();
        var sizes = (assessment.Manifest?.References ?? []).ToDictionary(reference => reference.Digest, reference => reference.Size);
        var all = assessment.Pinned
            .Select(pinned => (
                new ManifestReference(pinned.Digest, pinned.IsManifest ? ReferenceKind.Manifest : ReferenceKind.Blob), pinned.IsOptional))
            .Concat(assessment.Unpinned.Select(reference => (reference, reference.Kind == ReferenceKind.Optional)));
        await Parallel.ForEachAsync(all, CheckContext.InParallel(cancellationToken), async (each, cancel) =>
        {
            var (reference, isOptional) = each;
            var digest = reference.Digest;
            if (await FindAsync(digest, reference.Kind, cancel) is not var (isManifest, bytes))
            {
                if (await DescribeMissingAsync(row, reference, isOptional, cancel) is { } problem) problems.Add(problem);
                return;
            }
            present[digest] = isManifest;
            // A row without a size is a problem of its own.
            if (sizes.GetValueOrDefault(digest) is { } stated && bytes is { } actual && stated != actual)
                problems.Add(DescribeSize(row, digest, stated, actual));
        });
        return (present, problems);
    }

    async Task<Problem?> DescribeMissingAsync(
        TableEntity row, ManifestReference reference, bool isOptional, CancellationToken cancellationToken)
    {
        switch (reference.Kind)
        {
            case ReferenceKind.Manifest when !isOptional:
                return await DescribeChildAsync(row, reference.Digest, cancellationToken);
            case ReferenceKind.Blob or ReferenceKind.Either when !isOptional:
                return await DescribeBlobAsync(row, reference.Digest, cancellationToken);
            // Clients delete manifests, but no blobs that are referenced: it was lost if the repository had it.
            case ReferenceKind.Blob when await IsOwnerAsync(reference.Digest, cancellationToken):
                var problem = await DescribeBlobAsync(row, reference.Digest, cancellationToken);
                return problem with { Finding = problem.Finding with { IsWarning = true } };
            default:
                return null;
        }
    }

    /// <summary>Whether the repository links a blob, or did until lately.</summary>
    async Task<bool> IsOwnerAsync(Digest digest, CancellationToken cancellationToken) =>
        await context.Account.Digest(digest).ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken) is not null;

    /// <summary>Whether content of the repository is a manifest, and its size in bytes; null when it is missing.</summary>
    async Task<(bool IsManifest, long? Size)?> FindAsync(Digest digest, ReferenceKind kind, CancellationToken cancellationToken)
    {
        if (kind != ReferenceKind.Blob
            && await _repository.ReadAsync(Layout.Manifest(digest), [Columns.Size], cancellationToken) is { } manifest)
        {
            return (true, manifest.GetLong(Columns.Size));
        }
        return kind != ReferenceKind.Manifest
            && await _repository.ReadAsync(Layout.Link(digest), [Columns.Size], cancellationToken) is { } link
                ? (false, link.GetLong(Columns.Size))
                : null;
    }

    Problem DescribeSize(TableEntity row, Digest digest, long stated, long bytes) => new(new Finding(
        FindingKind.DescriptorSize,
        name.Value,
        row.RowKey,
        $"it states {stated} bytes for {digest}, which has {bytes}: clients that compare sizes refuse it",
        Repair: null,
        "build and push the manifest again",
        IsWarning: true));

    async Task<Problem> DescribeBlobAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        var message = $"manifest {row.RowKey[Layout.ManifestPrefix.Length..]} references it, but the repository does not link it";
        if (await _links.FindObjectAsync(digest, cancellationToken) is { } found)
        {
            return new(
                new Finding(
                    FindingKind.LinkMissing, name.Value, Layout.Link(digest), message, $"link object {found.Id} of {found.Length} bytes"),
                cancel => _links.LinkAsync(name, digest, RequireManifest(row), cancel));
        }
        return new(new Finding(
            FindingKind.BlobMissing, name.Value, Layout.Link(digest), $"{message}, and no object has its bytes", Repair: null,
            $"push {digest} to {name} again, or delete the manifest"));
    }

    async Task<Problem> DescribeChildAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        var key = Layout.Manifest(digest);
        var message = $"it is a child of {row.RowKey[Layout.ManifestPrefix.Length..]}, but is missing; a client may have deleted it";
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
                finding with { Repair = "write it again from an object that has its bytes", Advice = null },
                cancel => _rebuild.RunAsync(digest, null, null, [RequireManifest(row)], cancel));
    }

    async Task<IReadOnlyList<Problem>> ExamineReferrerAsync(TableEntity row, TableEntity referrer, CancellationToken cancellationToken)
    {
        var existing = await _repository.ReadAsync(referrer.RowKey, columns: null, cancellationToken);
        if (existing is not null && RowFingerprint.Of(existing) == RowFingerprint.Of(referrer)) return [];
        var finding = existing is null
            ? new Finding(
                FindingKind.ReferrerMissing,
                name.Value,
                referrer.RowKey,
                "the manifest has a subject, but is missing from its referrers",
                "add it from the manifest")
            : new Finding(
                FindingKind.ReferrerWrong,
                name.Value,
                referrer.RowKey,
                "it does not match its manifest",
                "write it again from the manifest");
        return [new(finding, cancel => _repository.SubmitAsync([RequireManifest(row), Partition.Put(referrer)], cancel))];
    }

    async Task RewriteAsync(
        Manifest manifest,
        TableEntity row,
        IReadOnlyList<PinnedReference> valid,
        IReadOnlyList<ManifestReference> unpinned,
        CancellationToken cancellationToken)
    {
        var (added, missing) = await ReferenceResolver.ResolveAsync(_repository, unpinned, sparse: false, cancellationToken);
        // Deleted meanwhile: the next check decides.
        if (missing is not null) return;
        await WriteAsync(manifest, row, [.. valid, .. added], row.GetText(Columns.Object), cancellationToken);
    }

    /// <summary>
    /// Makes a transaction fail unless the manifest exists. No ETag is needed: what a manifest references never changes.
    /// </summary>
    TableTransactionAction RequireManifest(TableEntity row) => Partition.Touch(_repository.Row(row.RowKey));

    /// <summary>Restores the bytes: short ones in the row, long ones by naming the object that the repository links.</summary>
    async Task RestoreBodyAsync(
        Manifest manifest, TableEntity row, IReadOnlyList<PinnedReference> pinned, CancellationToken cancellationToken)
    {
        var body = default(string);
        if (manifest.Content.Length > ManifestStore.MaxInlineSize)
        {
            var link = await _repository.ReadAsync(Layout.Link(manifest.Digest), [Columns.Object], cancellationToken);
            // A missing link is also reported and repaired as a problem of its own, if the row pins it.
            if (link is null && !await _links.LinkAsync(name, manifest.Digest, RequireManifest(row), cancellationToken)) return;
            if (link?.GetText(Columns.Object) is not { } linked
                || await context.Objects.ReadManifestAsync(manifest.Digest, linked, cancellationToken) is null)
            {
                return;
            }
            body = linked;
        }
        await WriteAsync(manifest, row, pinned, body, cancellationToken);
    }

    async Task WriteAsync(
        Manifest manifest, TableEntity row, IReadOnlyList<PinnedReference> pinned, string? body, CancellationToken cancellationToken)
    {
        var pushed = row.TryGetValue(Columns.Pushed, out var value) && value is DateTimeOffset time ? time : context.Time.GetUtcNow();
        var written = ManifestRows.Manifest(_repository, manifest, pinned, body, pushed);
        List<TableTransactionAction> rows = [Partition.Replace(written, row.ETag)];
        if (ManifestRows.Referrer(_repository, manifest) is { } referrer) rows.Add(Partition.Put(referrer));
        // Missing references are problems of their own; the others are touched, as by a push.
        List<PinnedReference> touched = [];
        foreach (var reference in pinned)
        {
            if (await _repository.ReadAsync(reference.Key, ["RowKey"], cancellationToken) is not null)
                touched.Add(reference with { IsOptional = false });
        }
        await PinnedWrite.RunAsync(_repository, manifest.Digest, touched, rows, cancellationToken);
    }
}
