using System.Globalization;
using System.Text.Json;
using Azure;
using Azure.Data.Tables;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The passes of the collector, newest first: so that one can be gone on with, and for who wants to know what was collected.
/// </summary>
/// <param name="account">Where the registry lies.</param>
/// <param name="abandoned">A pass that was not written down for this long has been left by its process.</param>
sealed class PassLog(StorageAccount account, TimeSpan abandoned)
{
    /// <summary>Passes that are remembered.</summary>
    const int Kept = 50;

    Partition Rows => account.Collections;

    /// <summary>The time of the storage: from before whatever is read after this.</summary>
    public async Task<DateTimeOffset> ReadTimeAsync(CancellationToken cancellationToken) =>
        (await Rows.ReadWithTimeAsync("now", cancellationToken)).Now;

    /// <summary>Since when pulls have been written down: at the latest since the first pass of a collector that asks.</summary>
    /// <param name="now">If there is no record yet.</param>
    /// <param name="keep">Whether to write that down.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<DateTimeOffset> ReadPullRecordsStartAsync(DateTimeOffset now, bool keep, CancellationToken cancellationToken)
    {
        if (await account.Pulls.ReadAsync("since", [Columns.Began], cancellationToken) is { } known)
            return known.GetDateTimeOffset(Columns.Began) ?? now;
        if (!keep) return now;
        var row = account.Pulls.Row("since");
        row[Columns.Began] = now;
        // Another's that came first is as good.
        await account.Pulls.SubmitAsync([Partition.Insert(row)], cancellationToken);
        return now;
    }

    /// <summary>Writes down for how long this host keeps what: others that collect must know. One transaction.</summary>
    public async Task PublishSettingsAsync(CancellationToken cancellationToken)
    {
        var row = account.Pulls.Row("hosts");
        row[Columns.Grace] = account.Options.GracePeriod.ToString();
        row[Columns.KeepDeleted] = account.Options.DeletedRetention.ToString();
        await account.Pulls.Table.UpsertEntityAsync(row, TableUpdateMode.Replace, cancellationToken);
    }

    /// <summary>What hosts keep for how long, if it is not what this process would; null if it is, or if none has said.</summary>
    public async Task<StorageOptions?> FindConflictingSettingsAsync(CancellationToken cancellationToken)
    {
        if (await account.Pulls.ReadAsync("hosts", columns: null, cancellationToken) is not { } row) return null;
        var hosts = new StorageOptions
        {
            GracePeriod = TimeSpan.Parse(row.GetString(Columns.Grace), CultureInfo.InvariantCulture),
            DeletedRetention = TimeSpan.Parse(row.GetString(Columns.KeepDeleted), CultureInfo.InvariantCulture),
        };
        return hosts.GracePeriod == account.Options.GracePeriod && hosts.DeletedRetention == account.Options.DeletedRetention ? null : hosts;
    }

    /// <summary>Begins a pass.</summary>
    public async Task<Pass> BeginAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = string.Create(CultureInfo.InvariantCulture, $"{DateTimeOffset.MaxValue.Ticks - now.Ticks:D19}-{Layout.NewId()}");
        var pass = new Pass(key, Phase.Repositories, null, new CollectionReport(now, dryRun: false), default);
        var answer = await Rows.Table.UpsertEntityAsync(ToRow(pass), TableUpdateMode.Replace, cancellationToken);
        return pass with { ETag = answer.Headers.ETag ?? throw new InvalidOperationException("The storage's answer has no ETag.") };
    }

    /// <summary>Writes down how far a pass is.</summary>
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

    /// <summary>The newest pass and whether a process works on it, for all that is known; null when there was none.</summary>
    public async Task<(Pass Pass, bool InWork)?> FindNewestAsync(DateTimeOffset now, CancellationToken cancellationToken)
    {
        var (rows, _) = await Rows.PageAsync("", after: null, size: 1, s_columns, where: null, cancellationToken);
        return rows is [var row] ? (Read(row), row.GetBoolean(Columns.LeaseReleased) != true && now - row.Timestamp < abandoned) : null;
    }

    /// <summary>The reports of the latest passes, newest first.</summary>
    public async Task<IReadOnlyList<CollectionReport>> ListAsync(int count, CancellationToken cancellationToken)
    {
        var (rows, _) = await Rows.PageAsync("", after: null, count, s_columns, where: null, cancellationToken);
        return [.. rows.Select(row => Read(row).Report)];
    }

    /// <summary>Forgets the oldest passes.</summary>
    public async Task TrimAsync(CancellationToken cancellationToken)
    {
        var actions = new ConditionalBatch(Rows);
        var count = 0;
        await foreach (var row in Rows.ScanAsync("", s_columns, cancellationToken))
            if (++count > Kept) await actions.AddAsync(Rows.Delete(row.RowKey, row.ETag), _ => { }, cancellationToken);
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
