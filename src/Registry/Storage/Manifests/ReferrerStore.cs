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

    /// <summary>Maximum number of annotations of a page that are read from manifests, with up to two transactions each.</summary>
    const int MaxReads = 100;

    const int ParallelReads = 8;

    static readonly string[] s_columns =
    [
        "RowKey", Columns.MediaType, Columns.Size, Columns.ArtifactType, Columns.AnnotationsStart, Columns.AnnotationsLength,
        .. Columns.ForBytes(Columns.Annotations, ManifestRows.MaxInlineAnnotations),
    ];

    /// <summary>
    /// One page of referrers, ordered by digest: one transaction, and up to two for each with annotations over 4 KiB, of which a page has
    /// at most 100. It ends early where it would exceed 3 MiB.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="subject">Digest of their subject, which need not exist.</param>
    /// <param name="artifactType">Only referrers of this artifact type; null for all.</param>
    /// <param name="last">Only referrers after this digest; null for the first page.</param>
    /// <param name="count">Maximum number of referrers, 1 to 1,000.</param>
    /// <param name="withAnnotations">Whether annotations are needed; without them the page costs one transaction.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Page<Descriptor>> ListAsync(
        RepositoryName name,
        Digest subject,
        string? artifactType,
        Digest? last,
        int count,
        bool withAnnotations,
        CancellationToken cancellationToken)
    {
        var prefix = Layout.ReferrersPrefix(subject);
        var after = last is null ? null : prefix + last;
        var where = artifactType is null ? null : WithType(MediaType.Fold(artifactType));
        var (rows, more) = await account.Repository(name)
            .PageSharedAsync(prefix, after, count, s_columns, where, cancellationToken);

        var fitting = CountFitting(rows);
        var descriptors = new Descriptor[fitting];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ParallelReads, CancellationToken = cancellationToken };
        await Parallel.ForAsync(0, fitting, parallel, async (i, cancel) =>
        {
            var (row, digest) = (rows[i], Digest.Parse(rows[i].RowKey[prefix.Length..]));
            descriptors[i] = new Descriptor(
                row.GetString(Columns.MediaType), row.GetSize(), digest.ToString(), row.GetString(Columns.ArtifactType),
                withAnnotations ? await ReadAnnotationsAsync(name, digest, row, cancel) : null);
        });
        return new Page<Descriptor>(descriptors, more || fitting < rows.Count);
    }

    /// <summary>The storage compares exactly, so a row whose type has capitals also has it without (<see cref="ManifestRows"/>).</summary>
    static string WithType(string folded) => TableClient.CreateQueryFilter($"(ArtifactType eq {folded} or FoldedArtifactType eq {folded})");

    /// <summary>The number of rows that one page may have: at least one.</summary>
    static int CountFitting(List<TableEntity> rows)
    {
        var (size, reads) = (0L, 0);
        for (var i = 0; i < rows.Count; i++)
        {
            if (rows[i].GetInt32(Columns.AnnotationsLength) is { } length) reads++;
            else length = rows[i].GetBytes(Columns.Annotations).Length;
            size += length + 1024;
            if (i > 0 && (size > MaxPageSize || reads > MaxReads)) return i;
        }
        return rows.Count;
    }

    async Task<JsonElement?> ReadAnnotationsAsync(RepositoryName name, Digest digest, TableEntity row, CancellationToken cancellationToken)
    {
        // Empty: deleted since its row was read. The page shows the state of a moment ago, with only these annotations missing.
        var annotations = row.GetInt32(Columns.AnnotationsStart) is { } start
            ? await manifests.ReadPartAsync(name, digest, start, row.GetInt32(Columns.AnnotationsLength)!.Value, cancellationToken)
            : row.GetBytes(Columns.Annotations);
        return annotations.IsEmpty ? null : JsonElement.Parse(annotations.Span);
    }
}
