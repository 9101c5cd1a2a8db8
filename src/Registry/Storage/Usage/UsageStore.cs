using System.Globalization;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The usage of repositories. The collector, which reads everything anyway, records it, so a query costs only a read.</summary>
public sealed class UsageStore(StorageAccount account)
{
    /// <summary>Maximum number of points in the history: some 20 KiB in a column of 64 KiB.</summary>
    const int MaxHistory = 366;

    /// <summary>Number of latest points in a list of repositories: a page of a thousand repositories then has some 2 MiB.</summary>
    const int Recent = 32;

    static readonly string[] s_counts = [Columns.Manifests, Columns.Bytes, Columns.Unique, Columns.Unreferenced, Columns.Restorable];

    static readonly string[] s_listColumns =
    [
        "RowKey", Columns.Measured, .. s_counts, Columns.Pushed, Columns.Pulled, Columns.Recent,
    ];

    /// <summary>The usage of one repository: one transaction.</summary>
    /// <returns>Null when no pass has measured the repository.</returns>
    public async Task<RepositoryUsage?> FindAsync(RepositoryName name, CancellationToken cancellationToken) =>
        await account.Usage.ReadAsync(Layout.Key(name), columns: null, cancellationToken) is { } row ? Describe(row, name) : null;

    /// <summary>
    /// One page of the measured repositories, ordered as in the catalog (<see cref="CatalogStore.ListAsync"/>), with the last month of
    /// their history.
    /// </summary>
    public Task<Page<RepositoryUsage>> ListAsync(
        IEnumerable<string> prefixes, Func<RepositoryName, bool> isListed, string? last, int count, CancellationToken cancellationToken) =>
        CatalogStore.ListAsync(account.Usage, s_listColumns, Describe, prefixes, isListed, last, count, cancellationToken);

    /// <summary>Records what a pass measured for a repository: two transactions.</summary>
    /// <param name="key">Key of the repository's partition.</param>
    /// <param name="began">Time at which the pass began.</param>
    /// <param name="measured">Usage that the pass found.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal async Task WriteAsync(string key, DateTimeOffset began, MeasuredRepository measured, CancellationToken cancellationToken)
    {
        var stored = await account.Usage.ReadAsync(key, ["PartitionKey", "RowKey", Columns.History, Columns.Measured], cancellationToken);
        // A pass that began later has already measured this repository.
        if (stored?.GetDateTimeOffset(Columns.Measured) > began) return;
        var today = new UsageDay(DateOnly.FromDateTime(began.UtcDateTime), measured.Bytes, measured.Manifests);
        var history = ReadHistory(stored?.GetString(Columns.History))
            .Where(point => point.Day != today.Day)
            .Append(today)
            .TakeLast(MaxHistory)
            .ToList();
        var row = account.Usage.Row(key);
        row[Columns.Measured] = began;
        row[Columns.Manifests] = measured.Manifests;
        row[Columns.Bytes] = measured.Bytes;
        row[Columns.Unreferenced] = measured.UnreferencedBytes;
        row[Columns.Restorable] = measured.RestorableBytes;
        // An empty text stands for a missing value: a merge ignores nulls.
        row[Columns.Pushed] = measured.LastPushed is { } pushed ? pushed.ToString("O", CultureInfo.InvariantCulture) : "";
        row[Columns.Pulled] = measured.LastPulled ?? "";
        row[Columns.History] = WriteHistory(history);
        row[Columns.Recent] = WriteHistory(history.TakeLast(Recent));
        // The unique bytes are counted at the end of the pass; until then the old value stays. If another pass has written the row in
        // between, this write fails, and the figures of that pass are as good.
        await account.Usage.SubmitAsync([stored is null ? Partition.Insert(row) : Partition.Merge(row, stored.ETag)], cancellationToken);
    }

    /// <summary>
    /// At the end of a pass: records the bytes that no other repository links. A repository that the pass did not see is empty: its
    /// figures become zero, and its row is deleted if they were zero for a whole pass.
    /// Costs one transaction for each 1,000 repositories that are read, and one for each 100 that are written.
    /// </summary>
    /// <param name="began">Time at which the pass began.</param>
    /// <param name="unique">Unique bytes by the keys of repositories; null when the pass has not counted all of them.</param>
    /// <param name="cancellationToken">Cancels the operation.</param>
    internal async Task FinishAsync(DateTimeOffset began, IReadOnlyDictionary<string, long>? unique, CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(account.Usage);
        string[] columns = ["PartitionKey", "RowKey", Columns.Measured, Columns.Bytes, Columns.Manifests];
        await foreach (var row in account.Usage.ScanAsync("", columns, cancellationToken))
        {
            var change = account.Usage.Row(row.RowKey);
            if (row.GetDateTimeOffset(Columns.Measured) < began)
            {
                if (row.GetInt64(Columns.Bytes) is 0 && row.GetInt64(Columns.Manifests) is 0)
                {
                    await actions.AddAsync(account.Usage.Delete(row.RowKey, row.ETag), _ => { }, cancellationToken);
                    continue;
                }
                change[Columns.Measured] = began;
                foreach (var column in s_counts) change[column] = 0L;
            }
            else if (unique is not null)
            {
                change[Columns.Unique] = unique.GetValueOrDefault(row.RowKey);
            }
            else
            {
                continue;
            }
            await actions.AddAsync(Partition.Merge(change, row.ETag), _ => { }, cancellationToken);
        }
        await actions.FlushAsync(cancellationToken);
    }

    static RepositoryUsage Describe(TableEntity row, RepositoryName name) => new(
        name,
        row.GetDateTimeOffset(Columns.Measured) ?? default,
        row.GetInt64(Columns.Manifests) ?? 0,
        row.GetInt64(Columns.Bytes) ?? 0,
        row.GetInt64(Columns.Unique),
        row.GetInt64(Columns.Unreferenced) ?? 0,
        row.GetInt64(Columns.Restorable) ?? 0,
        row.GetString(Columns.Pushed) is { Length: > 0 } pushed ? DateTimeOffset.Parse(pushed, CultureInfo.InvariantCulture) : null,
        row.GetString(Columns.Pulled) is { Length: > 0 } pulled ? pulled : null,
        [.. ReadHistory(row.GetString(Columns.History) ?? row.GetString(Columns.Recent))]);

    static string WriteHistory(IEnumerable<UsageDay> history) =>
        string.Join('\n', history.Select(point =>
            string.Create(CultureInfo.InvariantCulture, $"{point.Day:yyyy-MM-dd} {point.Bytes} {point.Manifests}")));

    /// <summary>Skips lines that cannot be parsed: neither a pass nor a request may fail because of an old figure.</summary>
    static IEnumerable<UsageDay> ReadHistory(string? text)
    {
        var culture = CultureInfo.InvariantCulture;
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is [var on, var bytes, var manifests]
                && DateOnly.TryParseExact(on, "yyyy-MM-dd", culture, DateTimeStyles.None, out var day)
                && long.TryParse(bytes, culture, out var size)
                && long.TryParse(manifests, culture, out var count))
            {
                yield return new UsageDay(day, size, count);
            }
        }
    }
}
