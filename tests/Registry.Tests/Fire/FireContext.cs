namespace Registry.Tests.Fire;

/// <summary>What all who take part share.</summary>
sealed record FireContext(FireOptions Options, Cargo Cargo, FireClient Client, FireReport Report, History History, FirePolicy Policy)
{
    /// <summary>Repositories in which everybody pushes and deletes.</summary>
    public static readonly string[] Shared = ["fire/shared", Contested];

    /// <summary>The one of them in which blobs are deleted by API: there a push may find that somebody has deleted what it has just pushed.</summary>
    public const string Contested = "fire/common/ground";

    /// <summary>Tags of those that everybody moves.</summary>
    public static readonly string[] SharedTags = ["latest", "edge"];

    public static string ManifestPath(string repository, string reference) => $"/v2/{repository}/manifests/{reference}";

    public static string BlobPath(string repository, string digest) => $"/v2/{repository}/blobs/{digest}";
}
