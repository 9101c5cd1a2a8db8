using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Reads the tags of repositories. They are written with or after their manifests: by a push (<see cref="ManifestWriter"/>), by who restores
/// what was deleted (<see cref="DeletedStore"/>), and by copies and repairs, all by <see cref="TagRows"/>. <see cref="ManifestDeleter"/>
/// deletes them.
/// </summary>
public sealed class TagStore(StorageAccount account, CatalogStore catalog)
{
    static readonly string[] s_details = ["RowKey", Columns.Digest, Columns.MediaType, Columns.Size, Columns.Pushed];

    /// <summary>One page of tags, ASCIIbetically: one transaction, however many there are; two when there are none.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="last">Only tags behind this one, which need not exist; null for the first page.</param>
    /// <param name="count">Tags of a page, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when the repository is not known.</returns>
    public async Task<Page<string>?> ListAsync(RepositoryName name, string? last, int count, CancellationToken cancellationToken)
    {
        var (rows, more) = await PageAsync(name, last, count, ["RowKey"], cancellationToken);
        if (rows.Count == 0 && !await catalog.ContainsAsync(name, cancellationToken)) return null;
        return new Page<string>([.. rows.Select(NameOf)], more);
    }

    /// <summary>The same with the manifests that they point to, at the same cost.</summary>
    public async Task<Page<TagDetails>?> ListDetailsAsync(RepositoryName name, string? last, int count, CancellationToken cancellationToken)
    {
        var (rows, more) = await PageAsync(name, last, count, s_details, cancellationToken);
        if (rows.Count == 0 && !await catalog.ContainsAsync(name, cancellationToken)) return null;
        return new Page<TagDetails>([.. rows.Select(row => new TagDetails(NameOf(row), row.GetString(Columns.Digest), row.GetString(Columns.MediaType), row.GetSize(), row.GetDateTimeOffset(Columns.Pushed)))], more);
    }

    Task<(List<TableEntity> Rows, bool More)> PageAsync(RepositoryName name, string? last, int count, string[] columns, CancellationToken cancellationToken) =>
        account.Repository(name).PageAsync(Layout.TagPrefix, last is null ? null : Layout.TagPrefix + last, count, columns, where: null, cancellationToken);

    static string NameOf(TableEntity row) => row.RowKey[Layout.TagPrefix.Length..];

    /// <summary>The first tag of a manifest that meets a condition: a transaction for each 1,000 tags that it has.</summary>
    internal static async Task<Tag?> FirstOfAsync(Partition repository, Digest digest, Func<Tag, bool> meets, CancellationToken cancellationToken)
    {
        var prefix = Layout.TagsOfPrefix(digest);
        await foreach (var row in repository.ScanAsync(prefix, ["RowKey"], cancellationToken))
            if (Tag.TryParse(row.RowKey[prefix.Length..], out var tag) && meets(tag)) return tag;
        return null;
    }
}
