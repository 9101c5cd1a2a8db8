using Registry.Oci;

namespace Registry.Storage;

/// <summary>The tags of repositories. They are written and deleted with their manifests (<see cref="ManifestStore"/>).</summary>
public sealed class TagStore(StorageAccount account, CatalogStore catalog)
{
    /// <summary>One page of tags, ASCIIbetically: one transaction, however many there are; two when there are none.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="last">Only tags behind this one, which need not exist; null for the first page.</param>
    /// <param name="count">Tags of a page, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when the repository is not known.</returns>
    public async Task<Page<string>?> ListAsync(RepositoryName name, string? last, int count, CancellationToken cancellationToken)
    {
        var after = last is null ? null : Layout.TagPrefix + last;
        var (rows, more) = await account.Repository(name).PageAsync(Layout.TagPrefix, after, count, ["RowKey"], where: null, cancellationToken);
        if (rows.Count == 0 && !await catalog.ContainsAsync(name, cancellationToken)) return null;
        return new Page<string>([.. rows.Select(row => row.RowKey[Layout.TagPrefix.Length..])], more);
    }

    /// <summary>The first tag of a manifest that meets a condition: a transaction for each 1,000 tags that it has.</summary>
    internal static async Task<Tag?> FirstOfAsync(Partition repository, Digest digest, Func<Tag, bool> meets, CancellationToken cancellationToken)
    {
        var prefix = Layout.TagsOfPrefix(digest);
        await foreach (var row in repository.ScanAsync(prefix, ["RowKey"], cancellationToken))
            if (Tag.TryParse(row.RowKey[prefix.Length..], out var tag) && meets(tag)) return tag;
        return null;
    }
}
