using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Registry.Oci;

/// <summary>The parts of a manifest that the registry indexes. The manifest itself is stored as the bytes that were pushed.</summary>
/// <param name="MediaType">Media type with which it was pushed, without parameters.</param>
/// <param name="Digest">Digest of <paramref name="Content"/>, by the algorithm that the client named, else SHA-256.</param>
/// <param name="Content">Bytes as they were pushed.</param>
/// <param name="ArtifactType">Its <c>artifactType</c>; if an image manifest has none, the media type of its config.</param>
/// <param name="Subject">Digest of its subject, which need not exist; null when it has none.</param>
/// <param name="AnnotationsRange">Where <paramref name="Content"/> has its annotations as JSON; null when it has none.</param>
/// <param name="References">Content that it references, each digest once.</param>
public sealed record Manifest(
    string MediaType,
    Digest Digest,
    ReadOnlyMemory<byte> Content,
    string? ArtifactType,
    Digest? Subject,
    Range? AnnotationsRange,
    IReadOnlyList<ManifestReference> References)
{
    /// <summary>Whether its bytes state its media type, so that they can never be pushed with another one.</summary>
    public bool StatesMediaType { get; init; }

    /// <summary>The largest manifest accepted, in bytes. Distribution spec, "Pushing manifests": at least 4 megabytes.</summary>
    public const int MaxSize = 4 * 1024 * 1024;

    /// <summary>Limit that lets the references of one manifest fit one table entity (1 MiB) and its push end within a minute.</summary>
    public const int MaxReferences = 10_000;

    /// <summary>
    /// Limit on references whose kind their media type does not show (<see cref="ReferenceKind.Either"/> and
    /// <see cref="ReferenceKind.Optional"/>). Each takes up to two reads of the storage.
    /// </summary>
    public const int MaxLookups = 1_000;

    /// <summary>Annotations as JSON in UTF-8; null when it has none.</summary>
    public ReadOnlyMemory<byte>? Annotations => AnnotationsRange is { } range ? Content[range] : null;

    /// <summary>
    /// Parses a pushed manifest: strictly when its media type is known. Otherwise fields that do not match the image spec are ignored,
    /// and every digest in it is an optional reference.
    /// </summary>
    /// <param name="contentType">Media type of the request, without parameters; null when the client sent none.</param>
    /// <param name="content">Body of the request.</param>
    /// <param name="algorithm">Algorithm for the manifest's own digest.</param>
    /// <exception cref="ManifestFormatException">The manifest violates the image spec. The message tells the client how.</exception>
    public static Manifest Parse(string? contentType, ReadOnlyMemory<byte> content, DigestAlgorithm algorithm)
    {
        var digest = algorithm.Of(content.Span);
        // A type of any document does not state which manifest it is, so it counts as none.
        if (contentType is not null && Oci.MediaType.IsGeneric(contentType)) contentType = null;
        if (contentType is not null && !Oci.MediaType.IsKnownManifest(contentType) && !IsJson(content))
        {
            var scan = new DigestScan();
            scan.Add(content.Span);
            return new Manifest(contentType, digest, content, null, null, null, ManifestReader.Checked(scan.References));
        }
        try
        {
            using var document = JsonDocument.Parse(content, s_options);
            var reader = new ManifestReader(contentType, document.RootElement);
            return new Manifest(
                reader.MediaType,
                digest,
                content,
                reader.ArtifactType,
                reader.Subject,
                reader.Annotations is { } annotations ? RangeOf(annotations, content.Span) : null,
                reader.References)
            {
                StatesMediaType = reader.StatesMediaType,
            };
        }
        catch (JsonException e)
        {
            throw new ManifestFormatException($"The manifest is not JSON that the registry accepts: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            // JSON can contain an unpaired surrogate (\ud800), which is not valid text.
            throw new ManifestFormatException($"The manifest contains text that is not valid Unicode: {e.Message}");
        }
    }

    static Range RangeOf(JsonElement value, ReadOnlySpan<byte> content)
    {
        var text = JsonMarshal.GetRawUtf8Value(value);
        return content.Overlaps(text, out var start)
            ? start..(start + text.Length)
            : throw new UnreachableException("The document was parsed from other memory.");
    }

    /// <summary>Content of an unknown media type may have any format; only a JSON object can be indexed.</summary>
    static bool IsJson(ReadOnlyMemory<byte> content)
    {
        try
        {
            using var document = JsonDocument.Parse(content, s_options);
            return document.RootElement.ValueKind == JsonValueKind.Object;
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    // Duplicate properties are rejected: different clients read them differently (CVE-2021-41190).
    static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64, AllowDuplicateProperties = false };
}
