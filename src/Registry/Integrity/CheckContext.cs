using System.Collections.Concurrent;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>State that all parts of one check share.</summary>
sealed class CheckContext(StorageAccount account, CheckOptions options, TimeProvider time, Action<Finding> onFinding)
{
    /// <summary>Examinations that run at once.</summary>
    public const int Parallelism = 16;

    readonly Lock _reporting = new();
    readonly ConcurrentDictionary<string, bool> _reported = new();

    public StorageAccount Account => account;

    public CheckOptions Options => options;

    public TimeProvider Time => time;

    public CheckReport Report { get; } = new();

    public StoredObjects Objects { get; } = new(account);

    public static ParallelOptions InParallel(CancellationToken cancellationToken) =>
        new() { MaxDegreeOfParallelism = Parallelism, CancellationToken = cancellationToken };

    /// <summary>Reports a finding, unless it was reported before.</summary>
    public void AddFinding(Finding finding)
    {
        if (!_reported.TryAdd(finding.Key, true)) return;
        Report.Count(report => report.Add(finding));
        lock (_reporting) onFinding(finding);
    }
}
