using Azure;

namespace Registry.GarbageCollection;

/// <summary>The sweep that a pass is in.</summary>
enum Phase
{
    Repositories,
    Digests,
    Staging,
    Catalog,
    Done,
}

/// <summary>A pass as it is stored: its checkpoint and its report.</summary>
/// <param name="Key">Key of its row.</param>
/// <param name="Phase">Current sweep.</param>
/// <param name="Cursor">The last repository, digest, staged object or name that was swept; null before the first.</param>
/// <param name="Report">Report over all processes that worked on it.</param>
/// <param name="ETag">ETag of the row.</param>
/// <param name="LeaseReleased">Whether its process has stopped, so that another may resume it before the lease timeout.</param>
sealed record Pass(string Key, Phase Phase, string? Cursor, CollectionReport Report, ETag ETag, bool LeaseReleased = false);
