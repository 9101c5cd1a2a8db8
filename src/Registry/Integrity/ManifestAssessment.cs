using System.Text.Json;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>The comparison of a manifest's row with its bytes.</summary>
/// <param name="Manifest">The manifest parsed from its bytes; null when they are missing, wrong, or not parseable.</param>
/// <param name="BodyFault">Fault of the bytes; null for none.</param>
/// <param name="ColumnsFault">Fault of the columns; null for none.</param>
/// <param name="Unreadable">Why bytes that match the digest cannot be parsed; null when they can.</param>
/// <param name="Pinned">References that the row pins rightly.</param>
/// <param name="Unpinned">References that the row should pin, and does not.</param>
sealed record ManifestAssessment(
    Manifest? Manifest,
    string? BodyFault,
    string? ColumnsFault,
    string? Unreadable,
    IReadOnlyList<PinnedReference> Pinned,
    IReadOnlyList<ManifestReference> Unpinned)
{
    public static ManifestAssessment Of(Digest digest, TableEntity row, byte[]? body)
    {
        var pinned = row.GetPinned();
        if (body is null || digest.Algorithm.Of(body) != digest)
        {
            var fault = body is null
                ? "the object with its bytes is missing or does not match its digest"
                : $"its bytes have the digest {digest.Algorithm.Of(body)}";
            return new(null, fault, null, null, pinned ?? [], []);
        }
        if (Parse(row.GetText(Columns.MediaType), body, digest.Algorithm) is not { } manifest)
        {
            return new(
                null,
                null,
                pinned is null ? "its references cannot be read" : null,
                "its bytes match its digest, but are not a valid manifest by the image spec",
                pinned ?? [],
                []);
        }

        List<string> faults = [];
        if (row.GetText(Columns.MediaType) != manifest.MediaType) faults.Add("type");
        if (row.GetLong(Columns.Size) != body.Length) faults.Add("size");
        if (row.GetText(Columns.ArtifactType) != manifest.ArtifactType) faults.Add("artifact type");
        if (row.GetText(Columns.Subject) != manifest.Subject?.ToString()) faults.Add("subject");
        if (row.TryGetValue(Columns.Pushed, out var pushed) is false || pushed is not DateTimeOffset) faults.Add("time of push");

        var needed = manifest.References.ToDictionary(reference => reference.Digest);
        if (row.GetText(Columns.Object) is not null) needed[digest] = new ManifestReference(digest, ReferenceKind.Blob, body.Length);
        // A reference of unknown kind may be there twice, as a manifest and as a blob.
        List<PinnedReference> valid = [.. (pinned ?? []).Where(reference => needed.ContainsKey(reference.Digest))
            .Select(reference => needed[reference.Digest].Kind switch
            {
                ReferenceKind.Blob => reference with { IsManifest = false },
                ReferenceKind.Manifest => reference with { IsManifest = true },
                _ => reference,
            })
            .Distinct()];
        foreach (var reference in valid) needed.Remove(reference.Digest);
        if (pinned is null || !valid.SequenceEqual(pinned)) faults.Add("references");
        var columnsFault = faults.Count > 0 ? $"its row does not match its bytes: {string.Join(", ", faults)}" : null;
        return new(manifest, null, columnsFault, null, valid, [.. needed.Values]);
    }

    /// <summary>Parses a stored manifest, even if its media type was lost.</summary>
    /// <returns>Null when it cannot be parsed.</returns>
    public static Manifest? Parse(string? mediaType, byte[] body, DigestAlgorithm algorithm)
    {
        string?[] types = [mediaType, null, GuessMediaType(body)];
        foreach (var candidate in types.Where((type, i) => i == 1 || (type is not null && MediaType.IsValid(type))))
        {
            try
            {
                return Oci.Manifest.Parse(candidate, body, algorithm);
            }
            catch (ManifestFormatException)
            {
                // Try the next type.
            }
        }
        return null;
    }

    /// <summary>Many manifests do not state their media type; an index has manifests, and an image manifest has layers.</summary>
    static string? GuessMediaType(byte[] body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            if (document.RootElement.ValueKind != JsonValueKind.Object) return null;
            return document.RootElement.TryGetProperty("manifests", out _) ? MediaType.OciIndex
                : document.RootElement.TryGetProperty("layers", out _) ? MediaType.OciManifest
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
