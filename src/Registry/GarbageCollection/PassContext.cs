using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Registry.Policies;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>What the sweeps of one pass have in common.</summary>
/// <param name="account">Where the registry lies.</param>
/// <param name="report">Of the pass.</param>
/// <param name="explain">Is told of every decision; null where nobody wants to know. Called by one at a time.</param>
sealed class PassContext(StorageAccount account, CollectionReport report, Action<CollectionDecision>? explain)
{
    readonly Lock _explaining = new();

    public StorageAccount Account => account;

    public bool DryRun => report.DryRun;

    public UsageStore Usage { get; } = new(account);

    /// <summary>Bytes that a repository alone links, by its key. Bounded by the number of repositories.</summary>
    public ConcurrentDictionary<string, long> UniqueBytes { get; } = new();

    public void CountUnique(string repository, long bytes) => UniqueBytes.AddOrUpdate(repository, bytes, (_, sum) => sum + bytes);

    /// <summary>Whether somebody wants to know of every decision why.</summary>
    public bool Explains => explain is not null;

    /// <summary>
    /// The storage's time before the pass began: ages are measured by the storage's clock, and whatever is written while the pass
    /// runs is younger than nothing.
    /// </summary>
    public DateTimeOffset Now => report.Began;

    /// <summary>
    /// The links that the sweep of the repositories has met and left, so that the next sweep need not ask for them one by one.
    /// </summary>
    public SeenLinks SeenLinks { get; } = new();

    /// <summary>In a dry run, the links that would be gone by the next sweep.</summary>
    public SeenLinks RemovedLinks { get; } = new();

    /// <summary>The policy for the whole pass.</summary>
    public Policy Policy { get; init; } = Policy.Closed;

    /// <summary>How much of the time the pass may take.</summary>
    public Throttle Pace { get; set; } = Throttle.Full;

    /// <summary>Since when it is known which manifests are pulled.</summary>
    public DateTimeOffset PullRecordsStart { get; init; } = report.Began;

    /// <summary>Whether there was not a single repository.</summary>
    public bool FoundNoRepository { get; set; }

    /// <summary>Sessions that may go on; only of use when this process has swept all repositories.</summary>
    public HashSet<Guid> LiveSessions { get; } = [];

    /// <summary>Whether this process has swept all repositories, and has not taken over a pass in the middle.</summary>
    public bool SweptAllRepositories { get; set; }

    /// <summary>
    /// The rows whose keys begin with a prefix, in the order of their keys and at the pace of the pass: one transaction for each 1,000.
    /// </summary>
    public IAsyncEnumerable<TableEntity> ScanAsync(
        Partition partition, string prefix, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        ScanAsync(partition, prefix, after: null, columns, cancellationToken);

    /// <summary>The same, behind a key.</summary>
    public async IAsyncEnumerable<TableEntity> ScanAsync(
        Partition partition,
        string prefix,
        string? after,
        IEnumerable<string> columns,
        [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var page in partition.ScanAsync(prefix, after, columns, cancellationToken).AsPages())
        {
            foreach (var row in page.Values) yield return row;
            await Pace.PauseAsync(cancellationToken);
        }
    }

    /// <summary>The same of all digests.</summary>
    public bool SweptAllDigests { get; set; }

    /// <summary>Whether more than the grace period lies between this time and the beginning of the pass.</summary>
    public bool IsOld(DateTimeOffset? time) => time is { } known && Now - known > account.Options.GracePeriod;

    public void Decide(CollectedKind kind, string place, Reason reason, long bytes = 0, string? detail = null)
    {
        var decision = new CollectionDecision(kind, place, reason, bytes, detail);
        report.Add(decision);
        if (explain is null) return;
        lock (_explaining) explain(decision);
    }
}
