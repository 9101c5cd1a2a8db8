using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Builds the rows of a manifest from its bytes.</summary>
static class ManifestRows
{
    /// <summary>
    /// Annotations up to this many bytes are stored in the referrer's row, so that 1,000 rows have little more than a page of referrers
    /// may have. Of longer ones the row states where the manifest has them.
    /// </summary>
    public const int MaxInlineAnnotations = 4 * 1024;

    /// <summary>The manifest's row <c>m:</c>.</summary>
    /// <param name="repository">Repository of the manifest.</param>
    /// <param name="manifest">The parsed manifest.</param>
    /// <param name="references">The content that it pins.</param>
    /// <param name="bodyObject">Id of the object that contains its bytes; null to store them in the row.</param>
    /// <param name="pushed">Time of the push.</param>
    public static TableEntity Manifest(
        Partition repository, Manifest manifest, IReadOnlyCollection<PinnedReference> references, string? bodyObject, DateTimeOffset pushed)
    {
        var row = repository.Row(Layout.Manifest(manifest.Digest));
        row[Columns.MediaType] = manifest.MediaType;
        row[Columns.Size] = (long)manifest.Content.Length;
        row[Columns.Pushed] = pushed;
        if (manifest.ArtifactType is not null) row[Columns.ArtifactType] = manifest.ArtifactType;
        if (manifest.Subject is not null) row[Columns.Subject] = manifest.Subject.ToString();
        if (bodyObject is not null) row[Columns.Object] = bodyObject;
        else row.SetBytes(Columns.Body, manifest.Content.Span);
        PackedReferences.Write(row, references);
        return row;
    }

    /// <summary>The manifest's row <c>r:</c>; null when it has no subject.</summary>
    public static TableEntity? Referrer(Partition repository, Manifest manifest)
    {
        if (manifest.Subject is null) return null;
        var row = repository.Row(Layout.Referrer(manifest.Subject, manifest.Digest));
        row[Columns.MediaType] = manifest.MediaType;
        row[Columns.Size] = (long)manifest.Content.Length;
        if (manifest.ArtifactType is { } type)
        {
            row[Columns.ArtifactType] = type;
            if (MediaType.Fold(type) is var folded && folded != type) row[Columns.FoldedArtifactType] = folded;
        }
        if (manifest.Annotations is { Length: <= MaxInlineAnnotations } annotations)
        {
            row.SetBytes(Columns.Annotations, annotations.Span);
        }
        else if (manifest.AnnotationsRange is { } range)
        {
            (var start, var length) = range.GetOffsetAndLength(manifest.Content.Length);
            row[Columns.AnnotationsStart] = start;
            row[Columns.AnnotationsLength] = length;
        }
        return row;
    }
}
