using System.Globalization;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// Removes from one repository what its owner's rules of retention do not keep: before the links are swept, and in the same way as
/// people delete, so that it can be restored. What has changed since it was read stays, and with it what that keeps.
/// </summary>
/// <remarks>About a kilobyte of memory for each manifest of a repository that rules are about.</remarks>
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

    /// <summary>Decides and removes.</summary>
    /// <param name="cancellationToken">Ends it; what is gone by then is rightly gone.</param>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var plan = RetentionPlan.Make(await ReadAsync(cancellationToken), retention, pass.Now);
        foreach (var decision in plan.Kept) Decide(decision, Reason.KeptByRule);
        var kept = new HashSet<Digest>();
        var along = new List<RetentionDecision>();
        foreach (var decision in plan.Removed)
        {
            along.Add(decision);
            // Its manifest, which comes next, takes it along.
            if (decision.WithManifest) continue;
            var removed = !kept.Contains(decision.Digest)
                && (pass.DryRun || (await UntagAsync(along, cancellationToken) && await RemoveAsync(decision, cancellationToken)));
            foreach (var one in along) Decide(one, removed ? Reason.RemovedByRule : Reason.Changed);
            along.Clear();
            // Somebody came to use it, so what it needs and what belongs to it stays, too.
            if (!removed && decision.Tag is null && !kept.Contains(decision.Digest)) kept.UnionWith(plan.KeptWith(decision.Digest));
        }
    }

    /// <summary>
    /// In this order, since others tag and push meanwhile. A tag that leaves a manifest after it was read is still counted for it. Whoever
    /// tags a manifest after its row was read rewrites that, and then it is not deleted with the ETag that was read; before, and its row
    /// has changed since the pass began. So it is with whoever pushes an index: its children are touched with it, or it is among the
    /// pending ones before.
    /// </summary>
    async Task<RepositoryContents> ReadAsync(CancellationToken cancellationToken)
    {
        var tags = new List<HeldTag>();
        await foreach (var row in pass.ScanAsync(repository, Layout.TagPrefix, s_tagColumns, cancellationToken))
        {
            if (!Tag.TryParse(row.RowKey[Layout.TagPrefix.Length..], out var tag)) continue;
            _tagETags[tag] = row.ETag;
            // By the clock of the host that took the push, or the storage's, which ages are measured by: whichever is later.
            tags.Add(
                new HeldTag(tag, row.GetDigest(Columns.Digest), Later(row.Timestamp, row.GetDateTimeOffset(Columns.Pushed)) ?? default));
        }

        var uses = new Dictionary<Digest, Use>();
        await foreach (var row in pass.ScanAsync(repository, Layout.UsePrefix, s_useColumns, cancellationToken))
        {
            uses[Digest.Parse(row.RowKey[Layout.UsePrefix.Length..])] = new Use(
                row.GetDateTimeOffset(Columns.Untagged), Day(row.GetString(Columns.Pulled)));
        }

        // Before the manifests, which they become.
        var needed = new HashSet<Digest>();
        await foreach (var row in pass.ScanAsync(repository, Layout.PendingPrefix, s_pendingColumns, cancellationToken))
            needed.UnionWith(PackedReferences.Read(row).Where(reference => reference.IsManifest).Select(reference => reference.Digest));

        var manifests = new List<HeldManifest>();
        await foreach (var row in pass.ScanAsync(repository, Layout.ManifestPrefix, s_manifestColumns, cancellationToken))
        {
            var digest = Digest.Parse(row.RowKey[Layout.ManifestPrefix.Length..]);
            _manifestETags[digest] = row.ETag;
            manifests.Add(Describe(row, digest, uses.GetValueOrDefault(digest)));
        }
        // The manifests of the others were deleted in between, and they with them.
        return new RepositoryContents(manifests, [.. tags.Where(tag => _manifestETags.ContainsKey(tag.Digest))], pass.PullRecordsStart, needed);
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
    /// Takes tags away that do not fit into one transaction with their manifest, each by itself:
    /// one that was moved meanwhile stays, and with it the rest.
    /// </summary>
    async Task<bool> UntagAsync(List<RetentionDecision> along, CancellationToken cancellationToken)
    {
        foreach (var tag in along.Where(decision => decision.WithManifest).Skip(ManifestDeleter.MaxTagsAtOnce))
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
                cancellationToken);
    }

    void Decide(RetentionDecision decision, Reason reason) => pass.Decide(
        decision.Tag is null ? CollectedKind.Manifest : CollectedKind.Tag,
        $"{Name}{(decision.Tag is { } tag ? $":{tag}" : $"@{decision.Digest}")}",
        reason,
        detail: pass.Explains ? decision.Reason : null);

    /// <summary>What is known of the use of a manifest.</summary>
    readonly record struct Use(DateTimeOffset? Untagged, DateOnly? Pulled);

    static DateTimeOffset? Later(DateTimeOffset? one, DateTimeOffset? other) => one is null || other > one ? other : one;
}
