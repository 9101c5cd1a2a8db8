using System.Text.Json.Serialization;

namespace Registry.Http;

/// <summary>Response of the storage usage of all repositories for which the caller has admin.</summary>
public sealed record UsageList([property: JsonPropertyName("repositories")] IReadOnlyList<UsageItem> Repositories);

/// <summary>Storage usage of a repository, as the collector's last pass measured it.</summary>
/// <param name="Name">The repository.</param>
/// <param name="Measured">When the pass started; null, as the figures are, when no pass has measured the repository yet.</param>
/// <param name="Manifests">Number of manifests.</param>
/// <param name="Bytes">Size of all blobs that it links, in bytes.</param>
/// <param name="UniqueBytes">Size of the blobs that no other repository links, in bytes; null when not measured yet.</param>
/// <param name="UnreferencedBytes">Size of the blobs that no manifest references, in bytes: the collector will free it.</param>
/// <param name="RestorableBytes">
/// Size of the blobs that only deleted manifests reference, in bytes: freed once these cannot be restored any more.
/// </param>
/// <param name="LastPushed">When one of the existing manifests was last pushed.</param>
/// <param name="LastPulled">Day on which one of them was last pulled.</param>
/// <param name="History">One point per day, oldest first.</param>
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

/// <summary>Storage usage of a repository on one day.</summary>
public sealed record UsagePoint(
    [property: JsonPropertyName("day")] string Day,
    [property: JsonPropertyName("bytes")] long Bytes,
    [property: JsonPropertyName("manifests")] long Manifests);
