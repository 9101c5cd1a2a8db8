using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Checks content rows and objects, once over all digests (<see cref="DigestInventory"/>).</summary>
sealed class DigestCheck(CheckContext context)
{
    /// <summary>Objects of one digest that are kept in memory; there are rarely more than a few.</summary>
    const int MaxObjects = 1000;

    /// <summary>Objects that are read and hashed at once.</summary>
    const int ParallelReads = 8;

    const int BatchSize = 1000;

    readonly InspectionQueue _suspects = new(context);
    readonly ContentExaminer _contents = new(context);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<CheckedDigest>();
        await using var inventory = new DigestInventory(
            context.Account,
            after: null,
            forCollection: false,
            row => AddUnreadable($"{Layout.DigestsTable}/{row.PartitionKey}/{row.RowKey}"),
            item => AddUnreadable($"{Layout.BlobsContainer}/{item.Name}"),
            cancellationToken);
        await inventory.BeginAsync();
        await foreach (var stored in inventory.ReadAsync(digest => new CheckedDigest(digest)))
        {
            batch.Add(stored);
            if (batch.Count < BatchSize) continue;
            await CheckAsync(batch, cancellationToken);
            batch.Clear();
        }
        await CheckAsync(batch, cancellationToken);
        await _suspects.FlushAsync(cancellationToken);
    }

    async Task CheckAsync(List<CheckedDigest> batch, CancellationToken cancellationToken)
    {
        foreach (var stored in batch)
        {
            var current = StoredObject.NamedBy(stored.Content);
            context.Report.Count(report =>
            {
                if (stored.Content is not null) report.AddContent();
                report.AddOwners(stored.Owners);
                foreach (var item in stored.Objects) report.AddObject(item.Length, item.Id == current?.Id);
            });
            if (stored.Content is not null && (current is null || !stored.Objects.Contains(current.Value)))
                _suspects.Add(cancel => _contents.ExamineAsync(stored.Digest, readBytes: false, cancel));
        }
        if (context.Options.Digests) await ReadBytesAsync(batch, cancellationToken);
        await _suspects.FlushIfFullAsync(cancellationToken);
    }

    async Task ReadBytesAsync(List<CheckedDigest> batch, CancellationToken cancellationToken)
    {
        var all = batch.SelectMany(
            stored => stored.Objects.Select(
                item => (stored.Digest, item.Id, IsCurrent: item.Id == StoredObject.NamedBy(stored.Content)?.Id)));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(all, parallel, async (item, cancel) =>
        {
            if (await context.Objects.VerifyAsync(item.Digest, item.Id, cancel) is not { } verified) return;
            context.Report.Count(report => report.AddHashed(verified.Length));
            // The bytes of unreferenced objects do not matter.
            if (!verified.IsIntact && item.IsCurrent) _suspects.Add(cancel => _contents.ExamineAsync(item.Digest, readBytes: true, cancel));
        });
    }

    void AddUnreadable(string place) => context.AddFinding(new Finding(
        FindingKind.RowUnreadable,
        null,
        place,
        "the registry did not write this",
        Repair: null,
        "find out what wrote it, and delete it",
        IsWarning: true));

    /// <summary>What is compared of one digest. Owners are only counted: each repository checks its own.</summary>
    sealed class CheckedDigest(Digest digest) : StoredDigest(digest)
    {
        public long Owners { get; private set; }

        public List<StoredObject> Objects { get; } = [];

        public override void AddOwner(TableEntity row) => Owners++;

        public override void AddObject(BlobItem item)
        {
            var id = item.Name[(item.Name.LastIndexOf('/') + 1)..];
            if (Objects.Count < MaxObjects || Content?.GetText(Columns.Object) == id)
                Objects.Add(new StoredObject(id, item.Properties.ContentLength ?? 0));
        }
    }
}
