using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// Stores the passes of the collector, newest first: their checkpoints, so that passes can be resumed, and their reports.
/// </summary>
/// <param name="account">Storage of the registry.</param>
/// <param name="leaseTimeout">Another process may take over a pass whose last checkpoint is older.</param>
sealed class PassLog(StorageAccount account, TimeSpan leaseTimeout)
{
    /// <summary>Number of passes that are stored.</summary>
    const int MaxPasses = 50;

    Partition Rows => account.Collections;

    /// <summary>The storage's current time. Whatever is read later was read after this time.</summary>
    public async Task<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken) =>
        (await Rows.ReadWithTimeAsync("now", cancellationToken)).Now;

    /// <summary>Since when pulls are recorded: at the latest since the first pass that called this.</summary>
    /// <param name="now">Returned if there is no record yet.</param>
    /// <param name="keep">Whether to record <paramref name="now"/> in that case.</param>
    /// <param name="cancellationToken">Cancels the requests.</param>
    public async Task<DateTimeOffset> ReadPullRecordsStartAsync(DateTimeOffset now, bool keep, CancellationToken cancellationToken)
    {
        if (await account.Pulls.ReadAsync("since", [Columns.Began], cancellationToken) is { } recorded)
            return recorded.GetDateTimeOffset(Columns.Began) ?? now;
        if (!keep) return now;
        var row = account.Pulls.Row("since");
        row[Columns.Began] = now;
        // If another process was first, its record is as good.
        await account.Pulls.SubmitAsync([Partition.Insert(row)], cancellationToken);
        return now;
    }

    /// <summary>Records this host's grace period and retention of deleted rows for other collectors: one transaction.</summary>
    public async Task PublishSettingsAsync(CancellationToken cancellationToken)
    {
        var row = account.Pulls.Row("hosts");
        row[Columns.Grace] = account.Options.GracePeriod.ToString();
        row[Columns.KeepDeleted] = account.Options.DeletedRetention.ToString();
        await account.Pulls.Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>The settings that hosts recorded, if they differ from this process's; null if they are equal or missing.</summary>
    public async Task<StorageOptions?> FindConflictingSettingsAsync(CancellationToken cancellationToken)
    {
        if (await account.Pulls.ReadAsync("hosts", columns: null, cancellationToken) is not { } row) return null;
        var hosts = new StorageOptions
        {
            GracePeriod = TimeSpan.Parse(row.GetString(Columns.Grace), CultureInfo.InvariantCulture),
            DeletedRetention = TimeSpan.Parse(row.GetString(Columns.KeepDeleted), CultureInfo.InvariantCulture),
        };
        return hosts.GracePeriod == account.Options.GracePeriod && hosts.DeletedRetention == account.Options.DeletedRetention
            ? null
            : hosts;
    }

    /// <summary>Starts a pass.</summary>
    public async Task<Pass> BeginAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.Ticks - now.Ticks:D19}-{Layout.NewId()}");
        var pass = new Pass(key, Phase.Repositories, null, new CollectionReport(now, dryRun: false), default);
        var answer = await Rows.Table.UpsertEntityAsync(ToRow(pass), TableUpdateMode.Replace, cancellationToken);
        return pass with { ETag = answer.Headers.ETag ?? throw new InvalidOperationException("The storage's answer has no ETag.") };
    }

    /// <summary>Writes the checkpoint of a pass, and extends its lease.</summary>
    /// <returns>Null when another process has taken it over.</returns>
    public async Task<Pass?> SaveAsync(Pass pass, CancellationToken cancellationToken)
    {
        try
        {
            var answer = await Rows.Table.UpdateEntityAsync(ToRow(pass), pass.ETag, TableUpdateMode.Replace, cancellationToken);
            return pass with { ETag = answer.Headers.ETag ?? throw new InvalidOperationException("The storage's answer has no ETag.") };
        }
        catch (RequestFailedException e) when (e.Status is 412 or 404)
        {
            return null;
        }
    }

    /// <summary>The newest pass, and whether a process has its lease; null when there was no pass.</summary>
    public async Task<(Pass Pass, bool IsLeased)?> FindNewestAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (rows, _) = await Rows.PageAsync("", after: null, size: 1, s_columns, where: null, cancellationToken);
        return rows is [var row] ? (Read(row), row.GetBoolean(Columns.LeaseReleased) != true && now - row.Timestamp < leaseTimeout) : null;
    }

    /// <summary>The reports of the latest passes, newest first.</summary>
    public async Task<IReadOnlyList<CollectionReport>> ListAsync(int count, CancellationToken cancellationToken)
    {
        var (rows, _) = await Rows.PageAsync("", after: null, count, s_columns, where: null, cancellationToken);
        return [.. rows.Select(row => Read(row).Report)];
    }

    /// <summary>Deletes the oldest passes.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(Rows);
        var count = 0;
        await foreach (var row in Rows.ScanAsync("", s_columns, cancellationToken))
            if (++count > MaxPasses) await actions.AddAsync(Rows.Delete(row.RowKey, row.ETag), _ => { }, cancellationToken);
        await actions.FlushAsync(cancellationToken);
    }

    static readonly string[] s_columns =
        ["PartitionKey", "RowKey", "Timestamp", Columns.Phase, Columns.Cursor, Columns.LeaseReleased, Columns.Report];

    TableEntity ToRow(Pass pass)
    {
        var row = Rows.Row(pass.Key);
        row[Columns.Phase] = pass.Phase.ToString();
        row[Columns.Cursor] = pass.Cursor ?? "";
        row[Columns.LeaseReleased] = pass.LeaseReleased;
        row[Columns.Report] = JsonSerializer.Serialize(pass.Report, CollectionJson.Default.CollectionReport);
        return row;
    }

    static Pass Read(TableEntity row) => new(
        row.RowKey,
        Enum.Parse<Phase>(row.GetString(Columns.Phase)),
        row.GetString(Columns.Cursor) is { Length: > 0 } cursor ? cursor : null,
        JsonSerializer.Deserialize(row.GetString(Columns.Report), CollectionJson.Default.CollectionReport)
            ?? throw new InvalidDataException($"Pass {row.RowKey} has no report."),
        row.ETag);
}
