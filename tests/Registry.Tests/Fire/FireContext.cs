namespace Registry.Tests.Fire;

/// <summary>What all participants share.</summary>
sealed record FireContext(FireOptions Options, Cargo Cargo, FireClient Client, FireReport Report, History History, FirePolicy Policy)
{
    /// <summary>Repositories in which all clients push and delete.</summary>
    public static readonly string[] Shared = ["fire/shared", Contested];

    /// <summary>
    /// The shared repository in which blobs are deleted by API: a push may find that another client has deleted what it has
    /// just pushed.
    /// </summary>
    public const string Contested = "fire/common/ground";

    /// <summary>Tags that all clients move.</summary>
    public static readonly string[] SharedTags = ["latest", "edge"];

    public static string ManifestPath(string repository, string reference) => $"/v2/{repository}/manifests/{reference}";

    public static string BlobPath(string repository, string digest) => $"/v2/{repository}/blobs/{digest}";
}
