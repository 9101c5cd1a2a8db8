using System.Globalization;
using Azure;
using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>One partition of a table: point reads, ordered scans, and transactions that happen whole or not at all.</summary>
readonly record struct Partition(TableClient Table, string Key)
{
    /// <summary>Azure's limit on the operations of one transaction.</summary>
    public const int MaxActions = 100;

    /// <summary>Azure's limit on the rows of one answer.</summary>
    public const int MaxPage = 1000;

    /// <summary>Reads one row: one transaction.</summary>
    /// <param name="row">Its key.</param>
    /// <param name="columns">What is needed of it; null for all.</param>
    /// <param name="cancellationToken">Ends the read.</param>
    public async Task<TableEntity?> ReadAsync(string row, IEnumerable<string>? columns, CancellationToken cancellationToken)
    {
        var answer = await Table.GetEntityIfExistsAsync<TableEntity>(Key, row, columns, cancellationToken);
        return answer.HasValue ? answer.Value : null;
    }

    /// <summary>Reads one row and the storage's own time of the answer, the only clock that ages are measured by.</summary>
    public async Task<(TableEntity? Row, DateTimeOffset Now)> ReadWithTimeAsync(string row, CancellationToken cancellationToken)
    {
        var answer = await Table.GetEntityIfExistsAsync<TableEntity>(Key, row, cancellationToken: cancellationToken);
        var now = answer.GetRawResponse().Headers.Date ?? throw new InvalidOperationException("The storage's answer has no Date header.");
        return (answer.HasValue ? answer.Value : null, now);
    }

    /// <summary>The rows whose keys begin with a prefix, in the order of their keys: one transaction for each 1,000.</summary>
    public AsyncPageable<TableEntity> ScanAsync(string prefix, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        ScanAsync(prefix, after: null, columns, cancellationToken);

    /// <summary>The same, behind a key.</summary>
    public AsyncPageable<TableEntity> ScanAsync(string prefix, string? after, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        Table.QueryAsync<TableEntity>(Range(prefix, after), maxPerPage: MaxPage, columns, cancellationToken);

    /// <summary>One page of the rows whose keys begin with a prefix, in the order of their keys: as a rule one transaction.</summary>
    /// <param name="prefix">Empty for the whole partition.</param>
    /// <param name="after">Only rows behind this key; null for the first page.</param>
    /// <param name="size">Rows of a page, <see cref="MaxPage"/> at most.</param>
    /// <param name="columns">What is needed of them; null for all.</param>
    /// <param name="where">A further condition (OData), evaluated by the storage; null for none.</param>
    /// <param name="cancellationToken">Ends the scan.</param>
    /// <returns>The rows, and whether there are more behind them.</returns>
    public async Task<(List<TableEntity> Rows, bool More)> PageAsync(
        string prefix, string? after, int size, IEnumerable<string>? columns, string? where, CancellationToken cancellationToken)
    {
        var filter = where is null ? Range(prefix, after) : $"{Range(prefix, after)} and {where}";
        var rows = new List<TableEntity>();
        // With a condition the storage may answer with a page that is not full and a continuation.
        await foreach (var page in Table.QueryAsync<TableEntity>(filter, size, columns, cancellationToken).AsPages())
        {
            rows.AddRange(page.Values);
            if (rows.Count > size) return (rows[..size], true);
            if (page.ContinuationToken is null) return (rows, false);
            if (rows.Count == size) return (rows, true);
        }
        return (rows, false);
    }

    /// <summary>Does all of the actions or none: one transaction.</summary>
    /// <returns>Null when done; else which condition failed.</returns>
    /// <exception cref="RequestFailedException">The storage failed in another way.</exception>
    public async Task<Conflict?> SubmitAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
            return null;
        }
        catch (TableTransactionFailedException e) when (e.Status is 404 or 409 or 412 && e.ErrorCode is not ("TableNotFound" or "TableBeingDeleted"))
        {
            return new Conflict(e.FailedTransactionActionIndex ?? -1, e.Status);
        }
    }

    /// <summary>Does actions that have no condition; the storage may still refuse them while another request changes the same row.</summary>
    /// <exception cref="ContentionException">It refused again and again.</exception>
    public async Task SubmitUnconditionalAsync(TableTransactionAction[] actions, CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await SubmitAsync(actions, cancellationToken) is null) return;
        }
    }

    public TableEntity Row(string row) => new(Key, row);

    public static TableTransactionAction Insert(TableEntity row) => new(TableTransactionActionType.Add, row);

    /// <summary>Writes a row, whether it is there or not; other columns of it go.</summary>
    public static TableTransactionAction Put(TableEntity row) => new(TableTransactionActionType.UpsertReplace, row);

    public static TableTransactionAction Replace(TableEntity row, ETag match) => new(TableTransactionActionType.UpdateReplace, row, Known(match));

    /// <summary>Sets columns of a row on the condition that it is as it was read; the others stay.</summary>
    public static TableTransactionAction Merge(TableEntity row, ETag match) => new(TableTransactionActionType.UpdateMerge, row, Known(match));

    /// <summary>Sets columns of a row, which is made where it is missing; the others stay.</summary>
    public static TableTransactionAction PutColumns(TableEntity row) => new(TableTransactionActionType.UpsertMerge, row);

    /// <summary>Gives a row that must exist a new ETag and Timestamp, and the columns that are set.</summary>
    public static TableTransactionAction Touch(TableEntity row) => new(TableTransactionActionType.UpdateMerge, row, ETag.All);

    /// <summary>A condition alone: a row is there as it was read.</summary>
    public TableTransactionAction Unchanged(TableEntity row) => Merge(Row(row.RowKey), row.ETag);

    public TableTransactionAction Delete(string row, ETag match) => new(TableTransactionActionType.Delete, Row(row), Known(match));

    /// <summary>An ETag that was not read would be no condition at all.</summary>
    static ETag Known(ETag match) => match == default ? throw new InvalidOperationException("A condition needs the ETag that was read.") : match;

    string Range(string prefix, string? after)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Key}");
        filter += after is not null && string.CompareOrdinal(after, prefix) > 0
            ? TableClient.CreateQueryFilter($" and RowKey gt {after}")
            : TableClient.CreateQueryFilter($" and RowKey ge {prefix}");
        if (prefix.Length > 0) filter += TableClient.CreateQueryFilter($" and RowKey lt {End(prefix)}");
        return filter;
    }

    /// <summary>The first key behind all keys with this prefix.</summary>
    static string End(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix[..^1]}{(char)(prefix[^1] + 1)}");
}

/// <summary>Why a transaction did nothing: its action <paramref name="Index"/> met a row that is missing (404), there already (409) or changed (412).</summary>
readonly record struct Conflict(int Index, int Status)
{
    public bool RowMissing => Status == 404;
}
