using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The first sweep, of one repository: deletes what has expired, and links to blobs that no manifest has referenced for longer than
/// the grace period. It runs beside pushes: a request that needs a blob touches its link, and every delete here is conditional on
/// the ETag that was read.
/// </summary>
/// <param name="pass">Shared state of the pass.</param>
/// <param name="repository">Partition of the repository.</param>
/// <param name="capacity">Number of blobs that are marked at a time.</param>
sealed class RepositorySweep(PassContext pass, Partition repository, int capacity = MarkedBlobs.DefaultCapacity)
{
    static readonly string[] s_agedColumns = ["PartitionKey", "RowKey", "Timestamp"];
    static readonly string[] s_linkColumns = ["PartitionKey", "RowKey", "Timestamp", Columns.MarkedForDeletion, Columns.Size];
    static readonly string[] s_useColumns = ["PartitionKey", "RowKey", "Timestamp", Columns.Pulled];
    static readonly string[] s_referenceColumns =
        ["RowKey", Columns.Pushed, .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];

    readonly MeasuredRepository _measured = new();

    /// <summary>Sweeps the repository, and records its usage.</summary>
    /// <param name="retention">Runs before the links are swept; null where no rule applies.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    public async Task RunAsync(RetentionSweep? retention, CancellationToken cancellationToken)
    {
        await new SessionSweep(pass, repository).RunAsync(cancellationToken);
        await ExpireAsync(
            Layout.PendingPrefix,
            CollectedKind.Pending,
            row => pass.IsOld(row.Timestamp),
            Reason.Young,
            Reason.PushDied,
            cancellationToken);
        var restorable = pass.Account.Options.DeletedRetention;
        await ExpireAsync(
            Layout.DeletedPrefix,
            CollectedKind.Deleted,
            row => pass.Now - row.Timestamp > restorable,
            Reason.Restorable,
            Reason.Expired,
            cancellationToken);
        if (retention is not null) await retention.RunAsync(cancellationToken);
        await SweepLinksAsync(cancellationToken);
        await RemoveStaleUsesAsync(cancellationToken);
        if (!pass.DryRun) await pass.Usage.WriteAsync(repository.Key, pass.Now, _measured, cancellationToken);
        pass.Decide(CollectedKind.Repository, Name, Reason.Swept);
    }

    string Name => Layout.NameOf(repository.Key);

    string Place(TableEntity row) => $"{Name} {row.RowKey}";

    [ProtocolStep(ProtocolStep.DeletePending)]
    [ProtocolStep(ProtocolStep.ExpireDeleted)]
    async Task ExpireAsync(
        string prefix, CollectedKind kind, Func<TableEntity, bool> isOver, Reason kept, Reason removed, CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(repository, pass.DryRun);
        await foreach (var row in pass.ScanAsync(repository, prefix, s_agedColumns, cancellationToken))
        {
            if (!isOver(row))
            {
                pass.Decide(kind, Place(row), kept);
                continue;
            }
            await actions.AddAsync(
                repository.Delete(row.RowKey, row.ETag),
                done => pass.Decide(kind, Place(row), done ? removed : Reason.Changed),
                cancellationToken);
        }
        await actions.FlushAsync(cancellationToken);
    }

    /// <summary>Mark and sweep, one range of digests at a time; usually a single range has all of them.</summary>
    async Task SweepLinksAsync(CancellationToken cancellationToken)
    {
        var from = 0UL;
        while (true)
        {
            var marked = await MarkAsync(from, cancellationToken);
            await SweepLinksAsync(from, marked, cancellationToken);
            if (marked.To == ulong.MaxValue) return;
            from = marked.To + 1;
        }
    }

    /// <summary>
    /// The order matters. A manifest moves from pending row to manifest row to tombstone, and a scan in another order could miss it
    /// in both places. A restore moves it the other way, and touches its links like any push.
    /// </summary>
    async Task<MarkedBlobs> MarkAsync(ulong from, CancellationToken cancellationToken)
    {
        var marked = new MarkedBlobs(from, capacity);
        await MarkPendingAsync(marked, cancellationToken);
        _measured.Manifests = 0;
        await MarkManifestsAsync(marked, cancellationToken);
        await MarkDeletedAsync(marked, cancellationToken);
        return marked;
    }

    [ProtocolStep(ProtocolStep.ScanPending)]
    async Task MarkPendingAsync(MarkedBlobs marked, CancellationToken cancellationToken)
    {
        await foreach (var row in pass.ScanAsync(repository, Layout.PendingPrefix, s_referenceColumns, cancellationToken))
            Mark(row, marked, forUndo: false);
    }

    [ProtocolStep(ProtocolStep.ScanManifests)]
    async Task MarkManifestsAsync(MarkedBlobs marked, CancellationToken cancellationToken)
    {
        await foreach (var row in pass.ScanAsync(repository, Layout.ManifestPrefix, s_referenceColumns, cancellationToken))
        {
            Mark(row, marked, forUndo: false);
            pass.AddOccupied(repository.Key);
            _measured.Manifests++;
            if (row.GetDateTimeOffset(Columns.Pushed) is { } pushed && !(_measured.LastPushed >= pushed)) _measured.LastPushed = pushed;
        }
    }

    [ProtocolStep(ProtocolStep.ScanDeleted)]
    async Task MarkDeletedAsync(MarkedBlobs marked, CancellationToken cancellationToken)
    {
        await foreach (var row in pass.ScanAsync(repository, Layout.DeletedPrefix, s_referenceColumns, cancellationToken))
        {
            Mark(row, marked, forUndo: true);
            pass.AddOccupied(repository.Key);
        }
    }

    static void Mark(TableEntity row, MarkedBlobs marked, bool forUndo)
    {
        foreach (var reference in PackedReferences.Read(row))
            if (!reference.IsManifest) marked.Add(reference.Digest, forUndo);
    }

    [ProtocolStep(ProtocolStep.ScanLinks)]
    async Task SweepLinksAsync(ulong from, MarkedBlobs marked, CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(repository, pass.DryRun);
        var before = Layout.LinkPrefix + MarkedBlobs.TextBefore(from);
        await foreach (var row in pass.ScanAsync(repository, Layout.LinkPrefix, before, s_linkColumns, cancellationToken))
        {
            var digest = Digest.Parse(row.RowKey[Layout.LinkPrefix.Length..]);
            var position = MarkedBlobs.PositionOf(digest);
            if (position < from) continue;
            if (position > marked.To) break;
            var markedForDeletion = row.GetBoolean(Columns.MarkedForDeletion) == true;
            var (action, reason) = (marked.Contains(digest), markedForDeletion) switch
            {
                (true, false) => (null, Reason.Referenced),
                (true, true) => (UnmarkLink(row), Reason.Unmarked),
                (false, false) => (MarkLinkForDeletion(row), Reason.Unreferenced),
                (false, true) when pass.IsOld(row.Timestamp) => (DeleteLink(row), Reason.UnreferencedPastGrace),
                (false, true) => ((TableTransactionAction?)null, Reason.InGrace),
            };
            if (marked.IsOnlyForUndo(digest)) _measured.RestorableBytes += row.GetSize();
            if (action is null) Decide(row, digest, reason);
            else await actions.AddAsync(action, done => Decide(row, digest, done ? reason : Reason.Changed), cancellationToken);
        }
        await actions.FlushAsync(cancellationToken);
    }

    void Decide(TableEntity row, Digest digest, Reason reason)
    {
        var links = reason.Outcome == Outcome.Removed ? pass.DryRun ? pass.RemovedLinks : null : pass.SeenLinks;
        links?.Add(repository.Key, digest.ToString());
        if (reason.Outcome != Outcome.Removed) _measured.Bytes += row.GetSize();
        if (reason == Reason.Unreferenced || reason == Reason.InGrace) _measured.UnreferencedBytes += row.GetSize();
        pass.Decide(CollectedKind.Link, Place(row), reason, row.GetSize());
    }

    [ProtocolStep(ProtocolStep.UnmarkLink)]
    TableTransactionAction UnmarkLink(TableEntity row) => SetMarkedForDeletion(row, false);

    [ProtocolStep(ProtocolStep.MarkLinkForDeletion)]
    TableTransactionAction MarkLinkForDeletion(TableEntity row) => SetMarkedForDeletion(row, true);

    [ProtocolStep(ProtocolStep.DeleteLink)]
    TableTransactionAction DeleteLink(TableEntity row) => repository.Delete(row.RowKey, row.ETag);

    TableTransactionAction SetMarkedForDeletion(TableEntity row, bool markedForDeletion)
    {
        var change = repository.Row(row.RowKey);
        change[Columns.MarkedForDeletion] = markedForDeletion;
        return Partition.Merge(change, row.ETag);
    }

    /// <summary>
    /// Deletes use rows of missing manifests; a manifest that is restored counts as pushed at that time. Both scans
    /// are in the order of digests.
    /// </summary>
    async Task RemoveStaleUsesAsync(CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(repository, pass.DryRun);
        var manifests = pass.ScanAsync(repository, Layout.ManifestPrefix, ["RowKey"], cancellationToken)
            .GetAsyncEnumerator(cancellationToken);
        await using var disposing = manifests;
        var more = true;
        string? current = null;
        await foreach (var row in pass.ScanAsync(repository, Layout.UsePrefix, s_useColumns, cancellationToken))
        {
            if (row.GetString(Columns.Pulled) is { } pulled && string.CompareOrdinal(pulled, _measured.LastPulled) > 0)
                _measured.LastPulled = pulled;
            var digest = row.RowKey[Layout.UsePrefix.Length..];
            while (more && (current is null || string.CompareOrdinal(current, digest) < 0))
            {
                more = await manifests.MoveNextAsync();
                if (more) current = manifests.Current.RowKey[Layout.ManifestPrefix.Length..];
            }
            if (current == digest || !pass.IsOld(row.Timestamp)) continue;
            await actions.AddAsync(
                repository.Delete(row.RowKey, row.ETag),
                done => pass.Decide(CollectedKind.Use, Place(row), done ? Reason.Gone : Reason.Changed),
                cancellationToken);
        }
        await actions.FlushAsync(cancellationToken);
    }
}
