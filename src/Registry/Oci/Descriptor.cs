using System.Text.Json;
using System.Text.Json.Serialization;

namespace Registry.Oci;

/// <summary>A descriptor: refers to content by its media type, digest and size in bytes.</summary>
/// <remarks>Image spec, descriptor.md. <c>Annotations</c> is the JSON as it was pushed.</remarks>
public sealed record Descriptor(
    [property: JsonPropertyName("mediaType")] string MediaType,
    [property: JsonPropertyName("size")] long Size,
    [property: JsonPropertyName("digest")] string Digest,
    [property: JsonPropertyName("artifactType")] string? ArtifactType = null,
    [property: JsonPropertyName("annotations")] JsonElement? Annotations = null);
