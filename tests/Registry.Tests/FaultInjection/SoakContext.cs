namespace Registry.Tests.FaultInjection;

/// <summary>What all participants share.</summary>
sealed record SoakContext(SoakOptions Options, ContentPool ContentPool,
    SoakClient Client, SoakReport Report, History History, SoakPolicy Policy)
{
    /// <summary>Repositories in which all clients push and delete.</summary>
    public static readonly string[] Shared = ["soak/shared", Contested];

    /// <summary>
    /// The shared repository in which blobs are deleted by API: a push may find that another client has deleted what it has
    /// just pushed.
    /// </summary>
    public const string Contested = "soak/common/ground";

    /// <summary>Tags that all clients move.</summary>
    public static readonly string[] SharedTags = ["latest", "edge"];

    public static string ManifestPath(string repository, string reference) => $"/v2/{repository}/manifests/{reference}";

    public static string BlobPath(string repository, string digest) => $"/v2/{repository}/blobs/{digest}";
}
