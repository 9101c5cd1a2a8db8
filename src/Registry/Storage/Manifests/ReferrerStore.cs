using System.Text.Json;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The manifests that name a subject. They are written and deleted with the manifests (<see cref="ManifestWriter"/>).</summary>
public sealed class ReferrerStore(StorageAccount account, ManifestStore manifests)
{
    /// <summary>Clients refuse a page of over 4 MiB of JSON; what a descriptor adds to its annotations stays below 1 KiB.</summary>
    const int MaxPageSize = 3 * 1024 * 1024;

    static readonly string[] s_columns =
    [
        "RowKey", Columns.MediaType, Columns.Size, Columns.ArtifactType, Columns.AnnotationsInManifest, .. Columns.ForBytes(Columns.Annotations, 1),
    ];

    /// <summary>One page of referrers, ordered by digest: one transaction, and two for each whose annotations are over 32 KiB.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="subject">The manifest that they refer to, which need not exist.</param>
    /// <param name="artifactType">Only those of this type; null for all.</param>
    /// <param name="last">Only those behind this digest; null for the first page.</param>
    /// <param name="count">Referrers of a page at the most, 1 to 1,000.</param>
    /// <param name="cancellationToken">Ends the request.</param>
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
            if (row.GetBoolean(Columns.AnnotationsInManifest) == true) annotations = await ReadAnnotationsAsync(name, digest, cancellationToken);
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
        // Deleted since its row was read: the page is a picture of a moment ago, in which only its annotations are missing.
        return stored is null ? [] : Manifest.Parse(stored.MediaType, stored.Content, digest.Algorithm).Annotations ?? [];
    }
}
