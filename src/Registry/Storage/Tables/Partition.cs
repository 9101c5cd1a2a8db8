using System.Globalization;
using Azure;
using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>One partition of a table: point reads, ordered scans, and atomic transactions.</summary>
/// <param name="Table">The table.</param>
/// <param name="Key">Key of the partition.</param>
/// <param name="Shared">Reads that share a request; null where each has its own.</param>
readonly record struct Partition(TableClient Table, string Key, SharedRows? Shared = null)
{
    /// <summary>Azure's limit on the operations of one transaction.</summary>
    public const int MaxActions = 100;

    /// <summary>Azure's limit on the rows of one response.</summary>
    public const int MaxPage = 1000;

    /// <summary>Reads one row: one transaction.</summary>
    /// <param name="row">Key of the row.</param>
    /// <param name="columns">Columns to read; null for all.</param>
    /// <param name="cancellationToken">Cancels the read.</param>
    public async Task<TableEntity?> ReadAsync(string row, IEnumerable<string>? columns, CancellationToken cancellationToken)
    {
        var answer = await Table.GetEntityIfExistsAsync<TableEntity>(Key, row, columns, cancellationToken);
        return answer.HasValue ? answer.Value : null;
    }

    /// <summary>Reads one row for a request that only reads: one transaction, which identical reads share.</summary>
    /// <param name="row">Key of the row.</param>
    /// <param name="columns">Columns to read: the same array for identical reads.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    /// <returns>The row, which others have, too: it must not be changed.</returns>
    public Task<TableEntity?> ReadSharedAsync(string row, string[] columns, CancellationToken cancellationToken)
    {
        var partition = this;
        return Shared is null
            ? ReadAsync(row, columns, cancellationToken)
            : Shared.Rows.ReadAsync(new(Key, row, columns), cancel => partition.ReadAsync(row, columns, cancel), cancellationToken);
    }

    /// <summary>One page for a request that only reads: one transaction, which identical reads share.</summary>
    /// <inheritdoc cref="PageAsync"/>
    public Task<(List<TableEntity> Rows, bool More)> PageSharedAsync(
        string prefix, string? after, int size, string[] columns, string? where, CancellationToken cancellationToken)
    {
        var partition = this;
        return Shared is null
            ? PageAsync(prefix, after, size, columns, where, cancellationToken)
            : Shared.Pages.ReadAsync(
                new(new(Key, prefix, columns), after, size, where),
                cancel => partition.PageAsync(prefix, after, size, columns, where, cancel),
                cancellationToken);
    }

    /// <summary>Reads one row, and the response's time by the storage's clock, the only clock for measuring the age of rows.</summary>
    public async Task<(TableEntity? Row, DateTimeOffset Now)> ReadWithTimeAsync(string row, CancellationToken cancellationToken)
    {
        var answer = await Table.GetEntityIfExistsAsync<TableEntity>(Key, row, cancellationToken: cancellationToken);
        var now = answer.GetRawResponse().Headers.Date
            ?? throw new InvalidOperationException("The storage's response has no Date header.");
        return (answer.HasValue ? answer.Value : null, now);
    }

    /// <summary>The rows whose keys have a prefix, in the order of their keys: one transaction for each 1,000.</summary>
    public AsyncPageable<TableEntity> ScanAsync(string prefix, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        ScanAsync(prefix, after: null, columns, cancellationToken);

    /// <summary>The same, after a key.</summary>
    public AsyncPageable<TableEntity> ScanAsync(
        string prefix, string? after, IEnumerable<string> columns, CancellationToken cancellationToken) =>
        Table.QueryAsync<TableEntity>(Range(prefix, after), maxPerPage: MaxPage, columns, cancellationToken);

    /// <summary>One page of the rows whose keys have a prefix, in the order of their keys: usually one transaction.</summary>
    /// <param name="prefix">Prefix of the keys; empty for the whole partition.</param>
    /// <param name="after">Only rows after this key; null for the first page.</param>
    /// <param name="size">Number of rows, at most <see cref="MaxPage"/>.</param>
    /// <param name="columns">Columns to read; null for all.</param>
    /// <param name="where">A further OData condition, evaluated by the storage; null for none.</param>
    /// <param name="cancellationToken">Cancels the scan.</param>
    /// <returns>The rows, and whether more rows follow.</returns>
    public async Task<(List<TableEntity> Rows, bool More)> PageAsync(
        string prefix, string? after, int size, IEnumerable<string>? columns, string? where, CancellationToken cancellationToken)
    {
        var filter = where is null ? Range(prefix, after) : $"{Range(prefix, after)} and {where}";
        var rows = new List<TableEntity>();
        // With a condition the storage may return a page that is not full, together with a continuation token.
        await foreach (var page in Table.QueryAsync<TableEntity>(filter, size, columns, cancellationToken).AsPages())
        {
            rows.AddRange(page.Values);
            if (rows.Count > size) return (rows[..size], true);
            if (page.ContinuationToken is null) return (rows, false);
            if (rows.Count == size) return (rows, true);
        }
        return (rows, false);
    }

    /// <summary>Executes all of the actions or none: one transaction.</summary>
    /// <returns>Null on success; else the condition that failed.</returns>
    /// <exception cref="RequestFailedException">The storage failed for another reason.</exception>
    public async Task<Conflict?> SubmitAsync(IEnumerable<TableTransactionAction> actions, CancellationToken cancellationToken)
    {
        try
        {
            await Table.SubmitTransactionAsync(actions, cancellationToken);
            return null;
        }
        catch (TableTransactionFailedException e) when (IsConflict(e))
        {
            return new Conflict(e.FailedTransactionActionIndex ?? -1, e.Status);
        }
    }

    /// <summary>Executes one action with a condition: one transaction.</summary>
    /// <returns>The new ETag of the row; null when the condition failed.</returns>
    /// <exception cref="RequestFailedException">The storage failed for another reason.</exception>
    public async Task<ETag?> WriteAsync(TableTransactionAction action, CancellationToken cancellationToken)
    {
        try
        {
            var answers = await Table.SubmitTransactionAsync([action], cancellationToken);
            return answers.Value[0].Headers.ETag;
        }
        catch (TableTransactionFailedException e) when (IsConflict(e))
        {
            return null;
        }
    }

    static bool IsConflict(TableTransactionFailedException e) =>
        e.Status is 404 or 409 or 412 && e.ErrorCode is not ("TableNotFound" or "TableBeingDeleted");

    /// <summary>
    /// Executes actions without conditions. The storage may still refuse them while another request changes the same row.
    /// </summary>
    /// <exception cref="ContentionException">The storage refused every attempt.</exception>
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

    /// <summary>Inserts or replaces a row; columns that are not set are removed.</summary>
    public static TableTransactionAction Put(TableEntity row) => new(TableTransactionActionType.UpsertReplace, row);

    public static TableTransactionAction Replace(TableEntity row, ETag match) =>
        new(TableTransactionActionType.UpdateReplace, row, RequireRead(match));

    /// <summary>Sets columns of a row on the condition that it is unchanged; other columns stay.</summary>
    public static TableTransactionAction Merge(TableEntity row, ETag match) =>
        new(TableTransactionActionType.UpdateMerge, row, RequireRead(match));

    /// <summary>Sets columns of a row, and inserts the row when it is missing; other columns stay.</summary>
    public static TableTransactionAction PutColumns(TableEntity row) => new(TableTransactionActionType.UpsertMerge, row);

    /// <summary>Gives an existing row a new ETag and timestamp, and sets the given columns. Fails when the row is missing.</summary>
    public static TableTransactionAction Touch(TableEntity row) => new(TableTransactionActionType.UpdateMerge, row, ETag.All);

    /// <summary>Only a condition: the row exists and is unchanged.</summary>
    public TableTransactionAction Unchanged(TableEntity row) => Merge(Row(row.RowKey), row.ETag);

    public TableTransactionAction Delete(string row, ETag match) =>
        new(TableTransactionActionType.Delete, Row(row), RequireRead(match));

    /// <summary>Rejects the default ETag: it would be no condition at all.</summary>
    static ETag RequireRead(ETag match) =>
        match == default ? throw new InvalidOperationException("A condition needs the ETag that was read.") : match;

    string Range(string prefix, string? after)
    {
        var filter = TableClient.CreateQueryFilter($"PartitionKey eq {Key}");
        filter += after is not null && string.CompareOrdinal(after, prefix) > 0
            ? TableClient.CreateQueryFilter($" and RowKey gt {after}")
            : TableClient.CreateQueryFilter($" and RowKey ge {prefix}");
        if (prefix.Length > 0) filter += TableClient.CreateQueryFilter($" and RowKey lt {End(prefix)}");
        return filter;
    }

    /// <summary>The first key after all keys with this prefix.</summary>
    static string End(string prefix) => string.Create(CultureInfo.InvariantCulture, $"{prefix[..^1]}{(char)(prefix[^1] + 1)}");
}

/// <summary>
/// Why a transaction changed nothing: the row of action <paramref name="Index"/> is missing (404), exists (409) or has changed (412).
/// </summary>
/// <param name="Index">Index of the action that failed; -1 when the storage does not report it.</param>
/// <param name="Status">HTTP status of the failed action.</param>
readonly record struct Conflict(int Index, int Status)
{
    public bool RowMissing => Status == 404;
}
