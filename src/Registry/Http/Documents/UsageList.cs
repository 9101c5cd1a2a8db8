using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Answer of what all repositories hold that the caller owns.</summary>
public sealed record UsageList([property: JsonPropertyName("repositories")] IReadOnlyList<UsageItem> Repositories);

/// <summary>What a repository holds, as the last pass of the collector has measured it; in bytes.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Measured">When the pass began; null when none has measured it yet, and so are the figures then.</param>
/// <param name="Manifests">How many there are.</param>
/// <param name="Bytes">Of all blobs that it links.</param>
/// <param name="UniqueBytes">Of those that no other repository links; null when they have not been counted yet.</param>
/// <param name="UnreferencedBytes">Of those that no manifest needs: the collector frees them.</param>
/// <param name="RestorableBytes">Of those that only deleted manifests need: they are freed when these cannot be restored any more.</param>
/// <param name="LastPushed">Of the manifests that are there.</param>
/// <param name="LastPulled">Likewise, to the day.</param>
/// <param name="History">A point a day, oldest first.</param>
public sealed record UsageItem(
    [property: JsonPropertyName("name")] string Name,
    [property: JsonPropertyName("measured")] DateTimeOffset? Measured,
    [property: JsonPropertyName("manifests")] long? Manifests,
    [property: JsonPropertyName("bytes")] long? Bytes,
    [property: JsonPropertyName("uniqueBytes")] long? UniqueBytes,
    [property: JsonPropertyName("unreferencedBytes")] long? UnreferencedBytes,
    [property: JsonPropertyName("restorableBytes")] long? RestorableBytes,
    [property: JsonPropertyName("lastPushed")] DateTimeOffset? LastPushed,
    [property: JsonPropertyName("lastPulled")] string? LastPulled,
    [property: JsonPropertyName("history")] IReadOnlyList<UsagePoint> History);

/// <summary>What a repository held on a day.</summary>
public sealed record UsagePoint(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("manifests")] long Manifests);
