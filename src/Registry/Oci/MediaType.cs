using System.Text.RegularExpressions;

namespace Registry.Oci;

/// <summary>The media types that mean something to the registry. Every other one is stored and returned as it came.</summary>
public static partial class MediaType
{
    public const string OciManifest = "application/vnd.oci.image.manifest.v1+json";
    public const string OciIndex = "application/vnd.oci.image.index.v1+json";
    public const string OciArtifact = "application/vnd.oci.artifact.manifest.v1+json";
    public const string DockerManifest = "application/vnd.docker.distribution.manifest.v2+json";
    public const string DockerList = "application/vnd.docker.distribution.manifest.list.v2+json";

    /// <summary>Whether it is a manifest whose form is known, so that a body of another form is refused.</summary>
    public static bool IsKnownManifest(string mediaType) => IsIndex(mediaType) || mediaType is OciManifest or DockerManifest or OciArtifact;

    public static bool IsIndex(string mediaType) => mediaType is OciIndex or DockerList;

    /// <summary>Layers that a client may leave out of a push, since they are fetched from elsewhere.</summary>
    /// <remarks>Image spec, layer.md, "Non-Distributable Layers"; Docker schema 2, "foreign" layers.</remarks>
    public static bool IsNonDistributable(string mediaType) =>
        mediaType.Contains("nondistributable", StringComparison.Ordinal) || mediaType.Contains(".foreign.", StringComparison.Ordinal);

    /// <summary>RFC 6838, section 4.2: type and subtype, without parameters, 255 characters at most.</summary>
    public static bool IsValid(string mediaType) => mediaType.Length <= 255 && Pattern().IsMatch(mediaType);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
