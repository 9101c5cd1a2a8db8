using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The rows of a manifest, as they follow from its bytes.</summary>
static class ManifestRows
{
    /// <summary>Annotations up to this many bytes lie in the referrer's row; longer ones are read from the manifest.</summary>
    const int MaxInlineAnnotations = 32 * 1024;

    /// <summary>Its <c>m:</c>.</summary>
    /// <param name="repository">Whose it is.</param>
    /// <param name="manifest">Parsed.</param>
    /// <param name="references">What it holds on to.</param>
    /// <param name="bodyObject">The object that holds its bytes; null when they go into the row.</param>
    /// <param name="pushed">When it was.</param>
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

    /// <summary>Its <c>r:</c>; null when it has no subject.</summary>
    public static TableEntity? Referrer(Partition repository, Manifest manifest)
    {
        if (manifest.Subject is null) return null;
        var row = repository.Row(Layout.Referrer(manifest.Subject, manifest.Digest));
        row[Columns.MediaType] = manifest.MediaType;
        row[Columns.Size] = (long)manifest.Content.Length;
        if (manifest.ArtifactType is not null) row[Columns.ArtifactType] = manifest.ArtifactType;
        if (manifest.Annotations is { Length: <= MaxInlineAnnotations }) row.SetBytes(Columns.Annotations, manifest.Annotations);
        else if (manifest.Annotations is not null) row[Columns.AnnotationsInManifest] = true;
        return row;
    }
}
