using System.Globalization;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// Deletes from one repository what its retention rules do not keep, before the links are swept. It deletes as a client does, so
/// that it can be restored. A manifest or tag that has changed since it was read is kept, with everything that it keeps.
/// </summary>
/// <remarks>Takes about a kilobyte of memory for each manifest of a repository to which rules apply.</remarks>
sealed class RetentionSweep(PassContext pass, ManifestDeleter deleter, Partition repository, RepositoryRetention retention)
{
    static readonly string[] s_manifestColumns =
        ["RowKey", "Timestamp", Columns.Pushed, Columns.Subject, .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];
    static readonly string[] s_pendingColumns = ["RowKey", .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];
    static readonly string[] s_tagColumns = ["RowKey", "Timestamp", Columns.Digest, Columns.Pushed];
    static readonly string[] s_useColumns = ["RowKey", Columns.Pulled, Columns.Untagged];

    readonly Dictionary<Digest, Azure.ETag> _manifestETags = [];
    readonly Dictionary<Tag, Azure.ETag> _tagETags = [];

    string Name => Layout.NameOf(repository.Key);

    /// <summary>Applies the rules.</summary>
    /// <param name="cancellationToken">Stops the sweep; what was deleted until then stays deleted.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var plan = RetentionPlan.Make(await ReadAsync(cancellationToken), retention, pass.Now);
        foreach (var decision in plan.Kept) Decide(decision, Reason.KeptByRule);
        var kept = new HashSet<Digest>();
        var group = new List<RetentionDecision>();
        foreach (var decision in plan.Removed)
        {
            group.Add(decision);
            // It is deleted together with its manifest, which follows in the plan.
            if (decision.WithManifest) continue;
            var removed = !kept.Contains(decision.Digest)
                && (pass.DryRun || (await UntagAsync(group, cancellationToken) && await RemoveAsync(decision, cancellationToken)));
            foreach (var each in group) Decide(each, removed ? Reason.RemovedByRule : Reason.Changed);
            group.Clear();
            // It came into use, so what it references and what refers to it is kept, too.
            if (!removed && decision.Tag is null && !kept.Contains(decision.Digest)) kept.UnionWith(plan.KeptWith(decision.Digest));
        }
    }

    /// <summary>
    /// Reads tags, use rows, pending rows and manifests, in this order, because clients tag and push meanwhile:
    /// <list type="bullet">
    /// <item>A tag that is moved away from a manifest after it was read still counts for that manifest.</item>
    /// <item>A request that tags a manifest rewrites the manifest's row. If it does so after the row was read, the delete with the old
    /// ETag fails; if before, the row is younger than the pass.</item>
    /// <item>A request that pushes an index touches the children in the same way, or has a pending row before.</item>
    /// </list>
    /// </summary>
    async Task<RepositoryContents> ReadAsync(CancellationToken cancellationToken)
    {
        var tags = new List<HeldTag>();
        await foreach (var row in pass.ScanAsync(repository, Layout.TagPrefix, s_tagColumns, cancellationToken))
        {
            if (!Tag.TryParse(row.RowKey[Layout.TagPrefix.Length..], out var tag)) continue;
            _tagETags[tag] = row.ETag;
            // The later of the host's clock at the push and the storage's clock, by which ages are measured.
            tags.Add(
                new HeldTag(tag, row.GetDigest(Columns.Digest), Later(row.Timestamp, row.GetDateTimeOffset(Columns.Pushed)) ?? default));
        }

        var uses = new Dictionary<Digest, Use>();
        await foreach (var row in pass.ScanAsync(repository, Layout.UsePrefix, s_useColumns, cancellationToken))
        {
            uses[Digest.Parse(row.RowKey[Layout.UsePrefix.Length..])] = new Use(
                row.GetDateTimeOffset(Columns.Untagged), Day(row.GetString(Columns.Pulled)));
        }

        // Before the manifests: a pending row becomes one.
        var pending = new HashSet<Digest>();
        await foreach (var row in pass.ScanAsync(repository, Layout.PendingPrefix, s_pendingColumns, cancellationToken))
            pending.UnionWith(PackedReferences.Read(row).Where(reference => reference.IsManifest).Select(reference => reference.Digest));

        var manifests = new List<HeldManifest>();
        await foreach (var row in pass.ScanAsync(repository, Layout.ManifestPrefix, s_manifestColumns, cancellationToken))
        {
            var digest = Digest.Parse(row.RowKey[Layout.ManifestPrefix.Length..]);
            _manifestETags[digest] = row.ETag;
            manifests.Add(Describe(row, digest, uses.GetValueOrDefault(digest)));
        }
        // The other tags were deleted with their manifests between the scans.
        return new RepositoryContents(
            manifests, [.. tags.Where(tag => _manifestETags.ContainsKey(tag.Digest))], pass.PullRecordsStart, pending);
    }

    static HeldManifest Describe(TableEntity row, Digest digest, Use use)
    {
        var pushed = row.GetDateTimeOffset(Columns.Pushed) ?? default;
        return new HeldManifest(
            digest,
            pushed,
            Later(row.Timestamp, use.Untagged) ?? pushed,
            [.. PackedReferences.Read(row).Where(reference => reference.IsManifest).Select(reference => reference.Digest)],
            row.GetString(Columns.Subject) is { } subject ? Digest.Parse(subject) : null,
            use.Pulled);
    }

    static DateOnly? Day(string? text) => text is null ? null : DateOnly.ParseExact(text, "yyyy-MM-dd", CultureInfo.InvariantCulture);

    /// <summary>
    /// Deletes the tags that do not fit into one transaction with their manifest, one by one. If one was moved meanwhile, it is kept,
    /// with the manifest and the remaining tags.
    /// </summary>
    async Task<bool> UntagAsync(List<RetentionDecision> group, CancellationToken cancellationToken)
    {
        foreach (var tag in group.Where(decision => decision.WithManifest).Skip(ManifestDeleter.MaxTagsAtOnce))
            if (!await RemoveAsync(tag, cancellationToken, withManifest: true)) return false;
        return true;
    }

    async Task<bool> RemoveAsync(RetentionDecision decision, CancellationToken cancellationToken, bool withManifest = false)
    {
        const string By = "retention";
        var name = RepositoryName.Parse(Name);
        return decision.Tag is { } tag
            ? await deleter.DeleteTagAsItWasAsync(name, tag, _tagETags[tag], By, withManifest, cancellationToken)
            : await deleter.DeleteManifestAsItWasAsync(
                name,
                decision.Digest,
                _manifestETags[decision.Digest],
                By,
                retention.Tags is { HasLocks: true } rules ? rules.IsLocked : null,
                maySplit: () => false,
                cancellationToken);
    }

    void Decide(RetentionDecision decision, Reason reason) => pass.Decide(
        decision.Tag is null ? CollectedKind.Manifest : CollectedKind.Tag,
        $"{Name}{(decision.Tag is { } tag ? $":{tag}" : $"@{decision.Digest}")}",
        reason,
        detail: pass.Explains ? decision.Reason : null);

    /// <summary>The use row of a manifest.</summary>
    readonly record struct Use(DateTimeOffset? Untagged, DateOnly? Pulled);

    static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other : one;
}
