using System.Text.Json;

namespace Registry.Oci;

/// <summary>The parts of a manifest that the registry indexes. The manifest itself is stored as the bytes that were pushed.</summary>
/// <param name="MediaType">Media type with which it was pushed, without parameters.</param>
/// <param name="Digest">Digest of <paramref name="Content"/>, by the algorithm that the client named, else SHA-256.</param>
/// <param name="Content">Bytes as they were pushed.</param>
/// <param name="ArtifactType">Its <c>artifactType</c>; if an image manifest has none, the media type of its config.</param>
/// <param name="Subject">Digest of its subject, which need not exist; null when it has none.</param>
/// <param name="Annotations">Annotations as JSON in UTF-8; null when it has none.</param>
/// <param name="References">Content that it references, each digest once.</param>
public sealed record Manifest(
    string MediaType,
    Digest Digest,
    ReadOnlyMemory<byte> Content,
    string? ArtifactType,
    Digest? Subject,
    byte[]? Annotations,
    IReadOnlyList<ManifestReference> References)
{
    /// <summary>The largest manifest accepted, in bytes. Distribution spec, "Pushing manifests": at least 4 megabytes.</summary>
    public const int MaxSize = 4 * 1024 * 1024;

    /// <summary>Limit that lets the references of one manifest fit one table entity (1 MiB) and its push end within a minute.</summary>
    public const int MaxReferences = 10_000;

    /// <summary>
    /// Parses a pushed manifest: strictly when its media type is known; otherwise fields that do not match the image spec are ignored.
    /// </summary>
    /// <param name="contentType">Media type of the request, without parameters; null when the client sent none.</param>
    /// <param name="content">Body of the request.</param>
    /// <param name="algorithm">Algorithm for the manifest's own digest.</param>
    /// <exception cref="ManifestFormatException">The manifest violates the image spec. The message tells the client how.</exception>
    public static Manifest Parse(string? contentType, ReadOnlyMemory<byte> content, DigestAlgorithm algorithm)
    {
        var digest = algorithm.Of(content.Span);
        if (contentType is not null && !Oci.MediaType.IsKnownManifest(contentType) && !IsJson(content))
            return new Manifest(contentType, digest, content, null, null, null, []);
        try
        {
            using var document = JsonDocument.Parse(content, s_options);
            var reader = new ManifestReader(contentType, document.RootElement);
            return new Manifest(
                reader.MediaType, digest, content, reader.ArtifactType, reader.Subject, reader.Annotations, reader.References);
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
