using System.Text.Json;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Lists the referrers of a manifest. Their rows are written and deleted with them (<see cref="ManifestWriter"/>).</summary>
public sealed class ReferrerStore(StorageAccount account, ManifestStore manifests)
{
    /// <summary>
    /// Maximum size of a page in bytes: clients refuse more than 4 MiB of JSON. A descriptor without its annotations is below 1 KiB.
    /// </summary>
    const int MaxPageSize = 3 * 1024 * 1024;

    static readonly string[] s_columns =
    [
        "RowKey", Columns.MediaType, Columns.Size, Columns.ArtifactType, Columns.AnnotationsInManifest,
        .. Columns.ForBytes(Columns.Annotations, 1),
    ];

    /// <summary>One page of referrers, ordered by digest: one transaction, and two for each with annotations over 32 KiB.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="subject">Digest of their subject, which need not exist.</param>
    /// <param name="artifactType">Only referrers of this artifact type; null for all.</param>
    /// <param name="last">Only referrers after this digest; null for the first page.</param>
    /// <param name="count">Maximum number of referrers, 1 to 1,000.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Page<Descriptor>> ListAsync(
        RepositoryName name, Digest subject, string? artifactType, Digest? last, int count, CancellationToken cancellationToken)
    {
        var prefix = Layout.ReferrersPrefix(subject);
        var after = last is null ? null : prefix + last;
        var where = artifactType is null ? null : TableClient.CreateQueryFilter($"ArtifactType eq {artifactType}");
        var (rows, more) = await account.Repository(name).PageAsync(prefix, after, count, s_columns, where, cancellationToken);

        var descriptors = new List<Descriptor>(rows.Count);
        var size = 0;
        foreach (var row in rows)
        {
            var digest = Digest.Parse(row.RowKey[prefix.Length..]);
            var annotations = row.GetBytes(Columns.Annotations);
            if (row.GetBoolean(Columns.AnnotationsInManifest) == true)
                annotations = await ReadAnnotationsAsync(name, digest, cancellationToken);
            size += annotations.Length + 1024;
            if (size > MaxPageSize && descriptors.Count > 0) return new Page<Descriptor>(descriptors, More: true);
            descriptors.Add(new Descriptor(
                row.GetString(Columns.MediaType), row.GetSize(), digest.ToString(), row.GetString(Columns.ArtifactType),
                annotations.Length == 0 ? null : JsonElement.Parse(annotations)));
        }
        return new Page<Descriptor>(descriptors, more);
    }

    async Task<byte[]> ReadAnnotationsAsync(RepositoryName name, Digest digest, CancellationToken cancellationToken)
    {
        var stored = await manifests.FindAsync(name, Reference.To(digest), withContent: true, cancellationToken);
        // Null: deleted since its row was read. The page shows the state of a moment ago, with only these annotations missing.
        return stored is null ? [] : Manifest.Parse(stored.MediaType, stored.Content, digest.Algorithm).Annotations ?? [];
    }
}
