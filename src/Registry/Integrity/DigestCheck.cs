using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>
/// Checks content: table <c>digests</c> and container <c>blobs</c>, which have the same order, are read side by side, once.
/// </summary>
sealed class DigestCheck(CheckContext context)
{
    /// <summary>Objects of one digest that are remembered; nobody pushes the same more often at once.</summary>
    const int MaxObjects = 1000;

    /// <summary>Objects that are read at once.</summary>
    const int ParallelReads = 8;

    const int BatchSize = 1000;

    readonly Suspects _suspects = new(context);
    readonly ContentExaminer _contents = new(context);

    /// <summary>What the table and the container have of one digest.</summary>
    sealed class Both(Digest digest)
    {
        public Digest Digest => digest;

        public TableEntity? Content { get; set; }

        public long Owners { get; set; }

        public List<StoredObject> Objects { get; } = [];
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var batch = new List<Both>();
        await foreach (var both in ReadAsync(cancellationToken))
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
            if (both.Content is not null && (counts is null || !both.Objects.Contains(counts.Value))) _suspects.Add(cancel => _contents.ExamineAsync(both.Digest, readBytes: false, cancel));
        }
        if (context.Options.Digests) await ReadBytesAsync(batch, cancellationToken);
        await _suspects.RelieveAsync(cancellationToken);
    }

    async Task ReadBytesAsync(List<Both> batch, CancellationToken cancellationToken)
    {
        var all = batch.SelectMany(both => both.Objects.Select(item => (both.Digest, item.Id, Counts: item.Id == StoredObject.NamedBy(both.Content)?.Id)));
        await Parallel.ForEachAsync(all, new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken }, async (item, cancel) =>
        {
            if (await context.Objects.VerifyAsync(item.Digest, item.Id, cancel) is not { } verified) return;
            context.Report.Count(report => report.AddHashed(verified.Length));
            // Objects that count as nothing are nobody's, whatever is in them.
            if (!verified.IsRight && item.Counts) _suspects.Add(cancel => _contents.ExamineAsync(item.Digest, readBytes: true, cancel));
        });
    }

    async IAsyncEnumerable<Both> ReadAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var rows = context.Account.Digests.QueryAsync<TableEntity>(
            maxPerPage: Partition.MaxPage, select: ["PartitionKey", "RowKey", Columns.Object, Columns.Size], cancellationToken: cancellationToken);
        await using var row = rows.GetAsyncEnumerator(cancellationToken);
        await using var item = context.Account.BlobObjects.GetBlobsAsync(new GetBlobsOptions(), cancellationToken).GetAsyncEnumerator(cancellationToken);
        var (moreRows, moreItems) = (await row.MoveNextAsync(), await item.MoveNextAsync());
        while (moreRows || moreItems)
        {
            var (rowDigest, itemDigest) = (moreRows ? row.Current.PartitionKey : null, moreItems ? DigestText(item.Current.Name) : null);
            var next = rowDigest is null || (itemDigest is not null && string.CompareOrdinal(itemDigest, rowDigest) < 0) ? itemDigest! : rowDigest;
            var both = Digest.TryParse(next, out var digest) ? new Both(digest) : null;
            for (; moreRows && row.Current.PartitionKey == next; moreRows = await row.MoveNextAsync())
            {
                if (both is null) TellUnreadable($"digests/{row.Current.PartitionKey}/{row.Current.RowKey}");
                else if (row.Current.RowKey == Layout.ContentRow) both.Content = row.Current;
                else both.Owners++;
            }
            for (; moreItems && DigestText(item.Current.Name) == next; moreItems = await item.MoveNextAsync())
            {
                if (both is null) TellUnreadable($"{Layout.BlobsContainer}/{item.Current.Name}");
                else if (both.Objects.Count < MaxObjects || both.Content?.GetText(Columns.Object) == IdOf(item.Current.Name))
                    both.Objects.Add(new StoredObject(IdOf(item.Current.Name), item.Current.Properties.ContentLength ?? 0));
            }
            if (both is not null) yield return both;
        }
    }

    void TellUnreadable(string place) => context.Tell(new Finding(
        FindingKind.RowUnreadable, null, place, "the registry cannot have written this", Repair: null, "find out who did, and delete it", IsWarning: true));

    /// <summary>The text of a digest, from the name of an object: then both sides have the same order.</summary>
    static string DigestText(string name)
    {
        var parts = name.Split('/');
        return parts is [var algorithm, var hex, _] ? $"{algorithm}:{hex}" : name;
    }

    static string IdOf(string name) => name[(name.LastIndexOf('/') + 1)..];
}
