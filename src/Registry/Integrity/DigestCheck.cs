using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Checks content: goes once through all digests (<see cref="DigestInventory"/>).</summary>
sealed class DigestCheck(CheckContext context)
{
    /// <summary>Objects of one digest that are remembered; nobody pushes the same more often at once.</summary>
    const int MaxObjects = 1000;

    /// <summary>Objects that are read at once.</summary>
    const int ParallelReads = 8;

    const int BatchSize = 1000;

    readonly InspectionQueue _suspects = new(context);
    readonly ContentExaminer _contents = new(context);

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Both>();
        await using var inventory = new DigestInventory(
            context.Account,
            after: null,
            forCollection: false,
            row => TellUnreadable($"{Layout.DigestsTable}/{row.PartitionKey}/{row.RowKey}"),
            item => TellUnreadable($"{Layout.BlobsContainer}/{item.Name}"),
            cancellationToken);
        await inventory.BeginAsync();
        await foreach (var both in inventory.ReadAsync(digest => new Both(digest)))
        {
            batch.Add(both);
            if (batch.Count < BatchSize) continue;
            await CheckAsync(batch, cancellationToken);
            batch.Clear();
        }
        await CheckAsync(batch, cancellationToken);
        await _suspects.FlushAsync(cancellationToken);
    }

    async Task CheckAsync(List<Both> batch, CancellationToken cancellationToken)
    {
        foreach (var both in batch)
        {
            var counts = StoredObject.NamedBy(both.Content);
            context.Report.Count(report =>
            {
                if (both.Content is not null) report.AddContent();
                report.AddOwners(both.Owners);
                foreach (var item in both.Objects) report.AddObject(item.Length, item.Id == counts?.Id);
            });
            if (both.Content is not null && (counts is null || !both.Objects.Contains(counts.Value)))
                _suspects.Add(cancel => _contents.ExamineAsync(both.Digest, readBytes: false, cancel));
        }
        if (context.Options.Digests) await ReadBytesAsync(batch, cancellationToken);
        await _suspects.FlushIfFullAsync(cancellationToken);
    }

    async Task ReadBytesAsync(List<Both> batch, CancellationToken cancellationToken)
    {
        var all = batch.SelectMany(
            both => both.Objects.Select(item => (both.Digest, item.Id, Counts: item.Id == StoredObject.NamedBy(both.Content)?.Id)));
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(all, parallel, async (item, cancel) =>
        {
            if (await context.Objects.VerifyAsync(item.Digest, item.Id, cancel) is not { } verified) return;
            context.Report.Count(report => report.AddHashed(verified.Length));
            // Objects that count as nothing are nobody's, whatever is in them.
            if (!verified.IsRight && item.Counts) _suspects.Add(cancel => _contents.ExamineAsync(item.Digest, readBytes: true, cancel));
        });
    }

    void TellUnreadable(string place) => context.AddFinding(new Finding(
        FindingKind.RowUnreadable,
        null,
        place,
        "the registry cannot have written this",
        Repair: null,
        "find out who did, and delete it",
        IsWarning: true));

    /// <summary>What is compared of one digest. Of owners it is enough to know how many there are: repositories ask for theirs.</summary>
    sealed class Both(Digest digest) : StoredDigest(digest)
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
