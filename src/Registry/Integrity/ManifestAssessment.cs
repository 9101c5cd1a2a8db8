using System.Text.Json;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>What a manifest's row says, held against its bytes.</summary>
/// <param name="Manifest">As its bytes say; null when they are not there, wrong, or cannot be understood.</param>
/// <param name="BodyFault">What is wrong with the bytes.</param>
/// <param name="ColumnsFault">What is wrong with the columns.</param>
/// <param name="Unreadable">Why bytes that are right cannot be understood.</param>
/// <param name="Held">What the row holds on to, as far as that is right.</param>
/// <param name="Unheld">What it should hold on to as well.</param>
sealed record ManifestAssessment(
    Manifest? Manifest,
    string? BodyFault,
    string? ColumnsFault,
    string? Unreadable,
    IReadOnlyList<PinnedReference> Held,
    IReadOnlyList<ManifestReference> Unheld)
{
    public static ManifestAssessment Of(Digest digest, TableEntity row, byte[]? body, bool acceptSparse)
    {
        var held = row.GetHeld();
        if (body is null || digest.Algorithm.Of(body) != digest)
        {
            var fault = body is null
                ? "the object with its bytes is not there or is not what its name says"
                : $"its bytes are those of {digest.Algorithm.Of(body)}";
            return new(null, fault, null, null, held ?? [], []);
        }
        if (Parse(row.GetText(Columns.MediaType), body, digest.Algorithm) is not { } manifest)
        {
            return new(
                null,
                null,
                held is null ? "its references cannot be read" : null,
                "it breaks the image spec as it is understood today",
                held ?? [],
                []);
        }

        List<string> faults = [];
        if (row.GetText(Columns.MediaType) != manifest.MediaType) faults.Add("type");
        if (row.GetLong(Columns.Size) != body.Length) faults.Add("size");
        if (row.GetText(Columns.ArtifactType) != manifest.ArtifactType) faults.Add("artifact type");
        if (row.GetText(Columns.Subject) != manifest.Subject?.ToString()) faults.Add("subject");
        if (row.TryGetValue(Columns.Pushed, out var pushed) is false || pushed is not DateTimeOffset) faults.Add("time of push");

        var needed = manifest.References.ToDictionary(reference => reference.Digest, reference => reference.Kind);
        if (row.GetText(Columns.Object) is not null) needed[digest] = ReferenceKind.Blob;
        List<PinnedReference> right = [];
        foreach (var reference in (held ?? []).DistinctBy(reference => reference.Digest))
        {
            if (needed.Remove(reference.Digest, out var kind))
            {
                right.Add(
                    kind is ReferenceKind.Blob or ReferenceKind.Manifest
                        ? reference with { IsManifest = kind == ReferenceKind.Manifest }
                        : reference);
            }
        }
        List<ManifestReference> unheld = acceptSparse
            ? []
            : [.. needed.Where(pair => pair.Value != ReferenceKind.Optional).Select(pair => new ManifestReference(pair.Key, pair.Value))];
        if (held is null || !right.SequenceEqual(held)) faults.Add("references");
        return new(
            manifest, null, faults.Count > 0 ? $"its row is wrong about its {string.Join(", ", faults)}" : null, null, right, unheld);
    }

    /// <summary>Parses a manifest that was pushed once, whatever is left of what is known of its type.</summary>
    /// <returns>Null when it cannot be understood.</returns>
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
                // Then it is of another type.
            }
        }
        return null;
    }

    /// <summary>Many manifests do not say their type; those of an image and of an index look different.</summary>
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
