using Azure;

namespace Registry.GarbageCollection;

/// <summary>Where in its work a pass is.</summary>
enum Phase
{
    Repositories,
    Digests,
    Staging,
    Done,
}

/// <summary>A pass as the storage has it: how far it is, and what it has found.</summary>
/// <param name="Key">Of its row.</param>
/// <param name="Phase">Which sweep it is in.</param>
/// <param name="Cursor">The last repository or digest that it is done with; null before the first.</param>
/// <param name="Report">Of all processes that worked on it.</param>
/// <param name="ETag">Of the row.</param>
/// <param name="LeaseReleased">Whether its process has stopped, and whoever wants may go on with it at once.</param>
sealed record Pass(string Key, Phase Phase, string? Cursor, CollectionReport Report, ETag ETag, bool LeaseReleased = false);
