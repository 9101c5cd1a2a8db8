using System.Text.RegularExpressions;

namespace Registry.Oci;

/// <summary>The media types that the registry interprets. Content of any other type is stored and returned unchanged.</summary>
public static partial class MediaType
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciArtifact = "application/vnd.oci.artifact.manifest.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Whether it is a manifest type whose format the registry knows, and enforces.</summary>
    public static bool IsKnownManifest(string mediaType) => IsIndex(mediaType) || mediaType is OciManifest or DockerManifest or OciArtifact;

    public static bool IsIndex(string mediaType) => mediaType is OciIndex or DockerList;

    /// <summary>Whether it is a type of layers that clients need not push, since they are fetched from elsewhere.</summary>
    /// <remarks>Image spec, layer.md, "Non-Distributable Layers"; Docker schema 2, "foreign" layers.</remarks>
    public static bool IsNonDistributable(string mediaType) =>
        mediaType.Contains("nondistributable", StringComparison.Ordinal) || mediaType.Contains(".foreign.", StringComparison.Ordinal);

    /// <summary>Whether it is a media type by RFC 6838, section 4.2: type and subtype, no parameters, at most 255 characters.</summary>
    public static bool IsValid(string mediaType) => mediaType.Length <= 255 && Pattern().IsMatch(mediaType);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
