using System.Globalization;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>What a repository held on a day.</summary>
/// <param name="Day">When, UTC.</param>
/// <param name="Bytes">Of all blobs that it linked.</param>
/// <param name="Manifests">How many.</param>
public readonly record struct UsageDay(DateOnly Day, long Bytes, long Manifests);

/// <summary>What a repository holds, as a pass of the collector has measured it.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Measured">When the pass began.</param>
/// <param name="Manifests">How many there are.</param>
/// <param name="Bytes">Of all blobs that it links.</param>
/// <param name="UniqueBytes">Of those that no other repository links; null when no pass has counted them yet.</param>
/// <param name="UnreferencedBytes">Of those that no manifest needs: they go in the passes after the grace period.</param>
/// <param name="RestorableBytes">Of those that only deleted manifests need: they go when these cannot be restored any more.</param>
/// <param name="LastPushed">When a manifest was last pushed of those that are there; null for none.</param>
/// <param name="LastPulled">The day on which a manifest was last pulled of those that are there; null when that is not known.</param>
/// <param name="History">A point for each day with a pass, oldest first, for a year; in a list for a month.</param>
public sealed record RepositoryUsage(
    RepositoryName Name,
    DateTimeOffset Measured,
    long Manifests,
    long Bytes,
    long? UniqueBytes,
    long UnreferencedBytes,
    long RestorableBytes,
    DateTimeOffset? LastPushed,
    string? LastPulled,
    IReadOnlyList<UsageDay> History);

/// <summary>What repositories hold: written down by the collector, who looks at everything anyway, so that whoever asks costs a read.</summary>
public sealed class UsageStore(StorageAccount account)
{
    /// <summary>Points of the history that are kept: some 20 KiB of a column that holds 64.</summary>
    const int MaxHistory = 366;

    /// <summary>Points that are told where many repositories are: a page of a thousand has some 2 MiB then.</summary>
    const int Recent = 32;

    static readonly string[] s_counts = [Columns.Manifests, Columns.Bytes, Columns.Unique, Columns.Unreferenced, Columns.Restorable];

    static readonly string[] s_listColumns =
    [
        "RowKey", Columns.Measured, Columns.Manifests, Columns.Bytes, Columns.Unique, Columns.Unreferenced, Columns.Restorable, Columns.Pushed, Columns.Pulled, Columns.Recent,
    ];

    /// <summary>The figures of one repository: one transaction.</summary>
    /// <returns>Null when no pass has measured it.</returns>
    public async Task<RepositoryUsage?> FindAsync(RepositoryName name, CancellationToken cancellationToken) =>
        await account.Usage.ReadAsync(Layout.Key(name), columns: null, cancellationToken) is { } row ? Describe(row, name) : null;

    /// <summary>One page of the repositories that were measured, as the catalog has it (<see cref="CatalogStore.ListAsync"/>), with the last month of their history.</summary>
    public Task<Page<RepositoryUsage>> ListAsync(
        IEnumerable<string> prefixes, Func<RepositoryName, bool> isListed, string? last, int count, CancellationToken cancellationToken) =>
        CatalogStore.ListAsync(account.Usage, s_listColumns, Describe, prefixes, isListed, last, count, cancellationToken);

    /// <summary>Writes down what a pass has measured: two transactions.</summary>
    /// <param name="key">Of the repository's partition.</param>
    /// <param name="began">When the pass did.</param>
    /// <param name="measured">What it has found.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task WriteAsync(string key, DateTimeOffset began, MeasuredRepository measured, CancellationToken cancellationToken)
    {
        var known = await account.Usage.ReadAsync(key, ["PartitionKey", "RowKey", Columns.History, Columns.Measured], cancellationToken);
        // By a pass that began later and is done with this repository already.
        if (known?.GetDateTimeOffset(Columns.Measured) > began) return;
        var today = new UsageDay(DateOnly.FromDateTime(began.UtcDateTime), measured.Bytes, measured.Manifests);
        var history = ReadHistory(known?.GetString(Columns.History)).Where(point => point.Day != today.Day).Append(today).TakeLast(MaxHistory).ToList();
        var row = account.Usage.Row(key);
        row[Columns.Measured] = began;
        row[Columns.Manifests] = measured.Manifests;
        row[Columns.Bytes] = measured.Bytes;
        row[Columns.Unreferenced] = measured.UnreferencedBytes;
        row[Columns.Restorable] = measured.RestorableBytes;
        // An empty text where there is none: a merge leaves out what is null.
        row[Columns.Pushed] = measured.LastPushed is { } pushed ? pushed.ToString("O", CultureInfo.InvariantCulture) : "";
        row[Columns.Pulled] = measured.LastPulled ?? "";
        row[Columns.History] = WriteHistory(history);
        row[Columns.Recent] = WriteHistory(history.TakeLast(Recent));
        // What no other repository links is known at the end of the pass; until then it is what it was. Another pass may have written
        // it in between: its figures are as good.
        await account.Usage.SubmitAsync([known is null ? Partition.Insert(row) : Partition.Merge(row, known.ETag)], cancellationToken);
    }

    /// <summary>
    /// At the end of a pass: writes down what no other repository links, and what the pass has not met: that holds nothing, and is forgotten if it
    /// has held nothing for a whole pass. A transaction for each 1,000 repositories that are read, and for each 100 that are written.
    /// </summary>
    /// <param name="began">When the pass did.</param>
    /// <param name="unique">In bytes, by the keys of repositories; null when the pass has not counted all.</param>
    /// <param name="cancellationToken">Ends it.</param>
    internal async Task FinishAsync(DateTimeOffset began, IReadOnlyDictionary<string, long>? unique, CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(account.Usage);
        await foreach (var row in account.Usage.ScanAsync("", ["PartitionKey", "RowKey", Columns.Measured, Columns.Bytes, Columns.Manifests], cancellationToken))
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
        string.Join('\n', history.Select(point => string.Create(CultureInfo.InvariantCulture, $"{point.Day:yyyy-MM-dd} {point.Bytes} {point.Manifests}")));

    /// <summary>What cannot be read is left out: no pass and no page may fail for a figure of the past.</summary>
    static IEnumerable<UsageDay> ReadHistory(string? text)
    {
        var culture = CultureInfo.InvariantCulture;
        foreach (var line in (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (line.Split(' ') is [var on, var bytes, var manifests] && DateOnly.TryParseExact(on, "yyyy-MM-dd", culture, DateTimeStyles.None, out var day)
                && long.TryParse(bytes, culture, out var size) && long.TryParse(manifests, culture, out var count))
            {
                yield return new UsageDay(day, size, count);
            }
        }
    }
}

/// <summary>What a sweep of one repository finds it to hold (<see cref="RepositoryUsage"/>).</summary>
sealed class MeasuredRepository
{
    public long Manifests { get; set; }

    public long Bytes { get; set; }

    public long UnreferencedBytes { get; set; }

    public long RestorableBytes { get; set; }

    public DateTimeOffset? LastPushed { get; set; }

    public string? LastPulled { get; set; }
}
