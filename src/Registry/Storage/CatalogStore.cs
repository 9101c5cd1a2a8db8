using System.Collections.Concurrent;
using System.Diagnostics;
using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The catalog: one row for each repository that has manifests, or had some until lately.</summary>
/// <remarks>
/// A row without content is a small fault, content without a row a serious one. So a push touches the row, or creates it, before it
/// writes the manifest. Two writers delete rows, both only if no other request has touched them since: the push that created the row, was
/// refused and has sent no manifest (<see cref="UndoAsync"/>), and the collector, only if the row is older than the grace period.
/// </remarks>
public sealed class CatalogStore(StorageAccount account)
{
    /// <summary>Upper limit of the names cached in this process. The cache saves touching the row again at each push.</summary>
    const int MaxCachedNames = 100_000;

    readonly ConcurrentDictionary<RepositoryName, long> _touched = new();

    /// <summary>
    /// How long this process relies on a row that it has touched. A push ends within another quarter of the grace period, and the
    /// collector deletes only rows that were not touched for all of it.
    /// </summary>
    TimeSpan CacheLifetime => account.Options.GracePeriod / 4;

    /// <summary>
    /// Adds the repository before a manifest is written to it: one transaction, two when it is new, none while it is cached.
    /// </summary>
    /// <returns>An entry for <see cref="Keep"/> or <see cref="UndoAsync"/>.</returns>
    internal async Task<CatalogEntry> AddAsync(RepositoryName name, CancellationToken cancellationToken)
    {
        var now = Stopwatch.GetTimestamp();
        if (_touched.TryGetValue(name, out var touched) && Stopwatch.GetElapsedTime(touched, now) < CacheLifetime)
            return new CatalogEntry(name, null, touched);
        var row = account.Catalog.Row(Layout.Key(name));
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            // A touch changes the ETag: the push that created the row, and the collector, do not delete it any more.
            if (await account.Catalog.SubmitAsync([Partition.Touch(row)], cancellationToken) is null)
                return new CatalogEntry(name, null, now);
            try
            {
                var answer = await account.Catalog.Table.AddEntityAsync(row, cancellationToken);
                return new CatalogEntry(name, answer.Headers.ETag, now);
            }
            catch (RequestFailedException e) when (e.Status == 409)
            {
                // Another request has created it.
            }
        }
    }

    /// <summary>After a manifest was written: this process relies on the row for a while.</summary>
    internal void Keep(CatalogEntry entry)
    {
        if (_touched.Count >= MaxCachedNames) _touched.Clear();
        _touched[entry.Name] = entry.Touched;
    }

    /// <summary>After a push was refused: deletes the row if this push created it, and no other has touched it since.</summary>
    internal async Task UndoAsync(CatalogEntry entry)
    {
        // Also when the client has disconnected.
        if (entry.Created is { } etag)
            await account.Catalog.SubmitAsync([account.Catalog.Delete(Layout.Key(entry.Name), etag)], CancellationToken.None);
    }

    /// <summary>Whether the repository is in the catalog: one transaction.</summary>
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

/// <summary>A row of the catalog on which a push relies.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Created">The row's ETag if the push has created it; null when it existed.</param>
/// <param name="Touched">Timestamp of this process, before the row was touched or created.</param>
readonly record struct CatalogEntry(RepositoryName Name, ETag? Created, long Touched);
