using Registry.Oci;

namespace Registry.Storage;

/// <summary>The usage of a repository, as a pass of the collector measured it.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Measured">Time at which the pass began.</param>
/// <param name="Manifests">Number of manifests.</param>
/// <param name="Bytes">Bytes of all blobs that it links.</param>
/// <param name="UniqueBytes">Bytes of the blobs that no other repository links; null before a pass has counted them.</param>
/// <param name="UnreferencedBytes">Bytes of blobs that no manifest references: deleted in passes after the grace period.</param>
/// <param name="RestorableBytes">Bytes of blobs that only deleted manifests reference: kept while these can be restored.</param>
/// <param name="LastPushed">Latest push of a manifest that still exists; null when none exists.</param>
/// <param name="LastPulled">Day of the latest pull of a manifest that still exists; null when unknown.</param>
/// <param name="History">One point for each day with a pass, oldest first, for a year; in a list of repositories for a month.</param>
public sealed record RepositoryUsage(
    RepositoryName Name,
    DateTimeOffset Measured,
    long Manifests,
    long Bytes,
    long? UniqueBytes,
    long UnreferencedBytes,
    long RestorableBytes,
    DateTimeOffset? LastPushed,
    string? LastPulled,
    IReadOnlyList<UsageDay> History);

/// <summary>The usage of a repository on one day.</summary>
/// <param name="Day">Day, in UTC.</param>
/// <param name="Bytes">Bytes of all blobs that it linked.</param>
/// <param name="Manifests">Number of manifests.</param>
public readonly record struct UsageDay(DateOnly Day, long Bytes, long Manifests);
