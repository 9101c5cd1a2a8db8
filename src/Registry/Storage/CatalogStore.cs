using System.Collections.Concurrent;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The catalog: one row for each repository that a manifest was ever pushed to.</summary>
public sealed class CatalogStore(StorageAccount account)
{
    /// <summary>Upper limit of the names cached in this process. The cache saves writing the row again at each push.</summary>
    const int MaxCachedNames = 100_000;

    readonly ConcurrentDictionary<RepositoryName, bool> _cached = new();

    /// <summary>Adds the repository before its first manifest: one transaction at this process's first push to it, none later.</summary>
    internal async Task AddAsync(RepositoryName name, CancellationToken cancellationToken)
    {
        if (_cached.ContainsKey(name)) return;
        await account.Catalog.Table.UpsertEntityAsync(account.Catalog.Row(Layout.Key(name)), TableUpdateMode.Merge, cancellationToken);
        if (_cached.Count >= MaxCachedNames) _cached.Clear();
        _cached[name] = true;
    }

    /// <summary>Whether a manifest was ever pushed to the repository: one transaction.</summary>
    public async Task<bool> ContainsAsync(RepositoryName name, CancellationToken cancellationToken) =>
        await account.Catalog.ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken) is not null;

    /// <summary>
    /// One page of names, ordered by their keys, in which a colon stands for the slash. Costs one transaction for each prefix, and one
    /// for each 1,000 names below a prefix that are read. <see cref="Page{T}.More"/> is true only when another <em>listed</em> name
    /// was found: the existence of an unlisted name must not be disclosed.
    /// </summary>
    /// <param name="prefixes">Prefixes of the names; none is a prefix of another. The empty prefix matches every name.</param>
    /// <param name="isListed">Whether a name that matches is listed for the caller.</param>
    /// <param name="last">Only names after this one, which need not exist; null for the first page.</param>
    /// <param name="count">Maximum number of names, 1 to 1,000.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public Task<Page<string>> ListAsync(
        IEnumerable<string> prefixes, Func<RepositoryName, bool> isListed, string? last, int count, CancellationToken cancellationToken) =>
        ListAsync(account.Catalog, ["RowKey"], (_, name) => name.Value, prefixes, isListed, last, count, cancellationToken);

    /// <summary>The same for any partition with one row for each repository.</summary>
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
            // As a rule all names are listed, and one more name shows whether another page follows.
            var size = Math.Min(count - found.Count + 1, Partition.MaxPage);
            var hasAllBefore = after is not null
                && string.CompareOrdinal(after, prefix) > 0
                && !after.StartsWith(prefix, StringComparison.Ordinal);
            // Every name with this prefix precedes the page.
            if (hasAllBefore) continue;
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
