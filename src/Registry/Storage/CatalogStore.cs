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

    /// <summary>
    /// One page of names, ordered by their keys, in which a colon stands for the slash: one transaction for each prefix, and one
    /// for each 1,000 names below a prefix that are read. Whether there is more is known when another one has been found that is
    /// listed: that one which is not follows must not show.
    /// </summary>
    /// <param name="prefixes">What the names begin with; none of them begins another. The empty one stands for all.</param>
    /// <param name="isListed">Which of those names are listed.</param>
    /// <param name="last">Only names behind this one, which need not exist; null for the first page.</param>
    /// <param name="count">Names of a page, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public Task<Page<string>> ListAsync(
        IEnumerable<string> prefixes, Func<RepositoryName, bool> isListed, string? last, int count, CancellationToken cancellationToken) =>
        ListAsync(account.Catalog, ["RowKey"], (_, name) => name.Value, prefixes, isListed, last, count, cancellationToken);

    /// <summary>The same of any partition with a row per repository.</summary>
    internal static async Task<Page<T>> ListAsync<T>(
        Partition repositories,
        IEnumerable<string>? columns,
        Func<TableEntity, RepositoryName, T> describe,
        IEnumerable<string> prefixes,
        Func<RepositoryName, bool> isListed,
        string? last,
        int count,
        CancellationToken cancellationToken)
    {
        var found = new List<T>();
        foreach (var prefix in prefixes.Select(Layout.KeyPrefix).Order(StringComparer.Ordinal))
        {
            var after = last is null ? null : Layout.KeyPrefix(last);
            // As a rule all of them are listed, and one more tells whether there are more.
            var size = Math.Min(count - found.Count + 1, Partition.MaxPage);
            if (after is not null && string.CompareOrdinal(after, prefix) > 0 && !after.StartsWith(prefix, StringComparison.Ordinal)) continue;
            for (var more = true; more;)
            {
                (var rows, more) = await repositories.PageAsync(prefix, after, size, columns, where: null, cancellationToken);
                foreach (var row in rows)
                {
                    var name = RepositoryName.Parse(Layout.NameOf(row.RowKey));
                    if (!isListed(name)) continue;
                    if (found.Count == count) return new Page<T>(found, More: true);
                    found.Add(describe(row, name));
                }
                if (more) after = rows[^1].RowKey;
                size = Partition.MaxPage;
            }
        }
        return new Page<T>(found, More: false);
    }
}

/// <summary>Part of an ordered list, and whether there is more behind it.</summary>
public sealed record Page<T>(IReadOnlyList<T> Items, bool More);
