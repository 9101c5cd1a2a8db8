using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>
/// The rows and pages of table <c>repositories</c> that requests read at the same time (<see cref="SharedReads{TKey, TResult}"/>).
/// </summary>
sealed class SharedRows(Action shared)
{
    public SharedReads<RowRead, TableEntity?> Rows { get; } = new(shared);

    public SharedReads<PageRead, (List<TableEntity> Rows, bool More)> Pages { get; } = new(shared);
}

/// <summary>A read of a row. The columns are compared by reference: each kind of read has an array of its own.</summary>
readonly record struct RowRead(string Partition, string Row, string[] Columns);

/// <summary>A read of a page.</summary>
readonly record struct PageRead(RowRead From, string? After, int Size, string? Where);
