using System.Collections.Frozen;
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

    static readonly FrozenSet<string> s_knownManifests =
        FrozenSet.Create(StringComparer.OrdinalIgnoreCase, OciManifest, OciIndex, OciArtifact, DockerManifest, DockerList);

    /// <summary>What HTTP clients send as Content-Type when they were told none: it does not state a type of manifest.</summary>
    static readonly FrozenSet<string> s_generic = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "application/json", "text/json", "text/plain", "application/octet-stream", "binary/octet-stream",
        "application/x-www-form-urlencoded", "multipart/form-data");

    /// <summary>Whether it is a manifest type whose format the registry knows, and enforces.</summary>
    public static bool IsKnownManifest(string mediaType) => s_knownManifests.Contains(mediaType);

    /// <summary>Whether it is a type of any document, such as <c>application/json</c>, which no manifest has.</summary>
    public static bool IsGeneric(string mediaType) => s_generic.Contains(mediaType);

    public static bool IsIndex(string mediaType) => Canonical(mediaType) is OciIndex or DockerList;

    /// <summary>The usual spelling of a known manifest type; any other type as it is. Media types are case-insensitive.</summary>
    /// <remarks>RFC 6838, section 4.2. Clients compare the Content-Type of a pull exactly.</remarks>
    public static string Canonical(string mediaType) => s_knownManifests.TryGetValue(mediaType, out var known) ? known : mediaType;

    /// <summary>The type as it is compared: without capitals.</summary>
    public static string Fold(string mediaType) => mediaType.ToLowerInvariant();

    /// <summary>Whether it is a type of layers that clients need not push, since they are fetched from elsewhere.</summary>
    /// <remarks>Image spec, layer.md, "Non-Distributable Layers"; Docker schema 2, "foreign" layers.</remarks>
    public static bool IsNonDistributable(string mediaType) =>
        mediaType.Contains("nondistributable", StringComparison.OrdinalIgnoreCase)
            || mediaType.Contains(".foreign.", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it is a media type by RFC 6838, section 4.2: type and subtype, no parameters, at most 255 characters.</summary>
    public static bool IsValid(string mediaType) => mediaType.Length <= 255 && Pattern().IsMatch(mediaType);

    [GeneratedRegex(@"\A[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
