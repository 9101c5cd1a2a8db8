using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Registry.Policies;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>State that the sweeps of one pass share.</summary>
/// <param name="account">Storage of the registry.</param>
/// <param name="report">Report of the pass.</param>
/// <param name="explain">Receives every decision, one call at a time; null for none.</param>
sealed class PassContext(StorageAccount account, CollectionReport report, Action<CollectionDecision>? explain)
{
    /// <summary>Upper limit of <see cref="OccupiedRepositories"/>, some ten megabytes.</summary>
    const int MaxOccupied = 100_000;

    readonly HashSet<string> _occupied = [];

    readonly Lock _explaining = new();

    public StorageAccount Account => account;

    public bool DryRun => report.DryRun;

    public UsageStore Usage { get; } = new(account);

    /// <summary>Bytes of blobs that only one repository links, by the repository's key. Bounded by the number of repositories.</summary>
    public ConcurrentDictionary<string, long> UniqueBytes { get; } = new();

    public void CountUnique(string repository, long bytes) => UniqueBytes.AddOrUpdate(repository, bytes, (_, sum) => sum + bytes);

    /// <summary>Whether decisions are reported one by one, with details.</summary>
    public bool Explains => explain is not null;

    /// <summary>
    /// The storage's time before the pass started. Ages are measured by the storage's clock, and rows that are written during the
    /// pass have an age below zero.
    /// </summary>
    public DateTimeOffset Now => report.Began;

    /// <summary>
    /// The links that the sweep over repositories has kept, so that the sweep over digests need not read them one by one.
    /// </summary>
    public SeenLinks SeenLinks { get; } = new();

    /// <summary>In a dry run, the links that a real pass would have deleted.</summary>
    public SeenLinks RemovedLinks { get; } = new();

    /// <summary>The policy, the same for the whole pass.</summary>
    public Policy Policy { get; init; } = Policy.Closed;

    /// <summary>Limits the share of the time that the pass takes.</summary>
    public Throttle Throttle { get; set; } = Throttle.Full;

    /// <summary>Since when pulls of manifests are recorded.</summary>
    public DateTimeOffset PullRecordsStart { get; init; } = report.Began;

    /// <summary>
    /// Keys of the repositories that had manifests or tombstones, so that the sweep over the catalog need not read them again.
    /// Incomplete if another process began the pass, or in a registry of more repositories than it may have.
    /// </summary>
    public IReadOnlySet<string> OccupiedRepositories => _occupied;

    /// <summary>Remembers that a repository had manifests or tombstones.</summary>
    public void AddOccupied(string repository)
    {
        if (_occupied.Count < MaxOccupied) _occupied.Add(repository);
    }

    /// <summary>Whether the sweep found no repository at all.</summary>
    public bool FoundNoRepository { get; set; }

    /// <summary>Sessions that may be active; complete only if <see cref="SweptAllRepositories"/>.</summary>
    public HashSet<Guid> LiveSessions { get; } = [];

    /// <summary>Whether this process swept all repositories itself, rather than resumed the pass in the middle.</summary>
    public bool SweptAllRepositories { get; set; }

    /// <summary>
    /// Reads the rows whose keys begin with a prefix, in the order of keys and throttled: one transaction for each 1,000 rows.
    /// </summary>
    public IAsyncEnumerable<TableEntity> ScanAsync(
        Partition partition, string prefix, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        ScanAsync(partition, prefix, after: null, columns, cancellationToken);

    /// <summary>The same, after a given key.</summary>
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
            await Throttle.PauseAsync(cancellationToken);
        }
    }

    /// <summary>Whether this process swept all digests itself.</summary>
    public bool SweptAllDigests { get; set; }

    /// <summary>Whether a time is more than the grace period before the start of the pass.</summary>
    public bool IsOld(DateTimeOffset? time) => time is { } value && Now - value > account.Options.GracePeriod;

    public void Decide(CollectedKind kind, string place, Reason reason, long bytes = 0, string? detail = null)
    {
        var decision = new CollectionDecision(kind, place, reason, bytes, detail);
        report.Add(decision);
        if (explain is null) return;
        lock (_explaining) explain(decision);
    }
}
