using System.Collections.Concurrent;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The list of repositories: a row for each that a manifest was ever pushed to.</summary>
public sealed class CatalogStore(StorageAccount account)
{
    /// <summary>Names that this process remembers at the most, so that it writes each row about once.</summary>
    const int Remembered = 100_000;

    readonly ConcurrentDictionary<RepositoryName, bool> _known = new();

    /// <summary>Makes the repository known, before its first manifest: one transaction, for a process's first in a repository.</summary>
    internal async Task AddAsync(RepositoryName name, CancellationToken cancellationToken)
    {
        if (_known.ContainsKey(name)) return;
        await account.Catalog.Table.UpsertEntityAsync(account.Catalog.Row(Layout.Key(name)), TableUpdateMode.Merge, cancellationToken);
        if (_known.Count >= Remembered) _known.Clear();
        _known[name] = true;
    }

    /// <summary>Whether a manifest was ever pushed to the repository: one transaction.</summary>
    public async Task<bool> ContainsAsync(RepositoryName name, CancellationToken cancellationToken) =>
        await account.Catalog.ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken) is not null;

    /// <summary>One page of names, ordered by their keys, in which a colon stands for the slash: one transaction.</summary>
    /// <param name="last">Only names behind this one, which need not exist; null for the first page.</param>
    /// <param name="count">Names of a page, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<Page<string>> ListAsync(string? last, int count, CancellationToken cancellationToken)
    {
        var after = last?.Replace('/', ':');
        var (rows, more) = await account.Catalog.PageAsync("", after, count, ["RowKey"], where: null, cancellationToken);
        return new Page<string>([.. rows.Select(row => Layout.NameOf(row.RowKey))], more);
    }
}

/// <summary>Part of an ordered list, and whether there is more behind it.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, bool More);
