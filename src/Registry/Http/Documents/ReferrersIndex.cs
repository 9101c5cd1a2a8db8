using System.Text.Json.Serialization;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Response of end-12: an image index of the referrers of a subject.</summary>
public sealed record ReferrersIndex([property: JsonPropertyName("manifests")] IReadOnlyList<Descriptor> Manifests)
{
    [JsonPropertyName("schemaVersion"), JsonPropertyOrder(-2)]
    public int SchemaVersion { get; } = 2;

    [JsonPropertyName("mediaType"), JsonPropertyOrder(-1)]
    public string MediaType { get; } = Oci.MediaType.OciIndex;
}
