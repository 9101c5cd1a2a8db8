using System.Text.Json;

namespace Registry.Oci;

/// <summary>What the registry must know of a manifest to index it. The manifest itself is kept as the bytes that were pushed.</summary>
/// <param name="MediaType">The type it was pushed with, without parameters.</param>
/// <param name="Digest">Of <paramref name="Content"/>, in the algorithm that the client named, else SHA-256.</param>
/// <param name="Content">The exact bytes.</param>
/// <param name="ArtifactType">Its <c>artifactType</c>; of an image manifest without one, the config's media type.</param>
/// <param name="Subject">The manifest that it refers to, which need not exist.</param>
/// <param name="Annotations">Its annotations, as JSON in UTF-8; null when it has none.</param>
/// <param name="References">The distinct contents that it needs.</param>
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

    /// <summary>So that the references of one manifest fit one table entity (1 MiB) and its push ends in a minute.</summary>
    public const int MaxReferences = 10_000;

    /// <summary>Reads a pushed manifest: strictly when its type is known, else taking from it what can be understood.</summary>
    /// <param name="contentType">The media type of the request without parameters; null when the client sent none.</param>
    /// <param name="content">The body.</param>
    /// <param name="algorithm">For the manifest's own digest.</param>
    /// <exception cref="ManifestFormatException">It breaks the image spec. The message tells the client how.</exception>
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
            throw new ManifestFormatException($"The manifest is not the JSON it should be: {e.Message}");
        }
        catch (InvalidOperationException e)
        {
            // JSON can write halves of characters (\ud800), which are no text.
            throw new ManifestFormatException($"The manifest contains text that is not Unicode: {e.Message}");
        }
    }

    /// <summary>Types that the registry does not know may be of any format; only a JSON object can tell it more.</summary>
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

    // A manifest that says something twice is read differently by different clients (CVE-2021-41190).
    static readonly JsonDocumentOptions s_options = new() { MaxDepth = 64, AllowDuplicateProperties = false };
}
