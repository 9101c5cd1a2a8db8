using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Reads the tags of repositories. All writers use <see cref="TagRows"/>: pushes (<see cref="ManifestWriter"/>), restores
/// (<see cref="DeletedStore"/>), copies and repairs. They write a tag with its manifest or after it.
/// <see cref="ManifestDeleter"/> deletes tags.
/// </summary>
public sealed class TagStore(StorageAccount account, CatalogStore catalog)
{
    static readonly string[] s_names = ["RowKey"];
    static readonly string[] s_details = ["RowKey", Columns.Digest, Columns.MediaType, Columns.Size, Columns.Pushed];

    /// <summary>One page of tags in ASCII order: one transaction, however many tags there are; two when there are none.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="last">Only tags after this one, which need not exist; null for the first page.</param>
    /// <param name="count">Maximum number of tags, 1 to 1,000.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Null when the repository does not exist.</returns>
    public async Task<Page<string>?> ListAsync(RepositoryName name, string? last, int count, CancellationToken cancellationToken)
    {
        var (rows, more) = await PageAsync(name, last, count, s_names, cancellationToken);
        if (rows.Count == 0 && !await catalog.ContainsAsync(name, cancellationToken)) return null;
        return new Page<string>([.. rows.Select(NameOf)], more);
    }

    /// <summary>The same, with the manifest of each tag, at the same cost.</summary>
    public async Task<Page<TagDetails>?> ListDetailsAsync(
        RepositoryName name, string? last, int count, CancellationToken cancellationToken)
    {
        var (rows, more) = await PageAsync(name, last, count, s_details, cancellationToken);
        if (rows.Count == 0 && !await catalog.ContainsAsync(name, cancellationToken)) return null;
        return new Page<TagDetails>([.. rows.Select(Describe)], more);
    }

    Task<(List<TableEntity> Rows, bool More)> PageAsync(
        RepositoryName name, string? last, int count, string[] columns, CancellationToken cancellationToken)
    {
        var after = last is null ? null : Layout.TagPrefix + last;
        return account.Repository(name).PageSharedAsync(Layout.TagPrefix, after, count, columns, where: null, cancellationToken);
    }

    static TagDetails Describe(TableEntity row) => new(
        NameOf(row),
        row.GetString(Columns.Digest),
        row.GetString(Columns.MediaType),
        row.GetSize(),
        row.GetDateTimeOffset(Columns.Pushed));

    static string NameOf(TableEntity row) => row.RowKey[Layout.TagPrefix.Length..];

    /// <summary>The first tag of a manifest that meets a condition: one transaction for each 1,000 tags of the manifest.</summary>
    internal static async Task<Tag?> FirstOfAsync(
        Partition repository, Digest digest, Func<Tag, bool> meets, CancellationToken cancellationToken)
    {
        var prefix = Layout.TagsOfPrefix(digest);
        await foreach (var row in repository.ScanAsync(prefix, ["RowKey"], cancellationToken))
            if (Tag.TryParse(row.RowKey[prefix.Length..], out var tag) && meets(tag)) return tag;
        return null;
    }
}
