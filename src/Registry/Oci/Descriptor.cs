using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Oci;

/// <summary>Points from one document to other content: its type, digest and size in bytes.</summary>
/// <remarks>Image spec, descriptor.md. Annotations are kept as the JSON that was pushed.</remarks>
public sealed record Descriptor(
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("artifactType")] string? ArtifactType = null,
    [property: JsonPropertyName("annotations")] JsonElement? Annotations = null);
