using System.Globalization;
using System.Text.Json.Serialization;

namespace Registry.Backup;

/// <summary>A tag, manifest or blob that was not copied.</summary>
/// <param name="Repository">Name of the repository.</param>
/// <param name="Reference">A tag, or the digest of a manifest or blob.</param>
/// <param name="Message">Why it was not copied.</param>
public sealed record CopyProblem(string Repository, string Reference, string Message)
{
    public override string ToString() => $"not copied: {Repository} {Reference}: {Message}";
}

/// <summary>Counts of what was copied from one storage account to another.</summary>
public sealed class CopyReport
{
    long _repositories, _manifests, _tags, _blobs, _bytes, _linked, _deleted, _problems;

    /// <summary>Repositories that were compared.</summary>
    public long Repositories => _repositories;

    public long Manifests => _manifests;

    public long Tags => _tags;

    /// <summary>Blobs whose bytes were copied.</summary>
    public long Blobs => _blobs;

    /// <summary>Bytes of these blobs.</summary>
    public long Bytes => _bytes;

    /// <summary>Blobs that were only linked, because another repository of the target has them.</summary>
    public long Linked => _linked;

    /// <summary>Tags and manifests that were deleted in the target, because they were deleted in the source.</summary>
    public long Deleted => _deleted;

    public long Problems => _problems;

    internal void AddRepository() => Interlocked.Increment(ref _repositories);

    internal void AddManifest() => Interlocked.Increment(ref _manifests);

    internal void AddTag() => Interlocked.Increment(ref _tags);

    internal void AddBlob(long bytes)
    {
        Interlocked.Increment(ref _blobs);
        Interlocked.Add(ref _bytes, bytes);
    }

    internal void AddLinked() => Interlocked.Increment(ref _linked);

    internal void AddDeleted() => Interlocked.Increment(ref _deleted);

    internal void AddProblem() => Interlocked.Increment(ref _problems);

    /// <summary>The report as text for people.</summary>
    public override string ToString()
    {
        var culture = CultureInfo.InvariantCulture;
        var copied = string.Create(culture, $"{Manifests:N0} manifests, {Tags:N0} tags and {Blobs:N0} blobs of {Bytes:N0} bytes");
        var deleted = Deleted > 0 ? string.Create(culture, $"{Deleted:N0} tags and manifests were deleted. ") : "";
        var verdict = Problems == 0 ? "The copy is complete." : string.Create(culture, $"{Problems:N0} could not be copied.");
        return string.Create(culture, $"""
            {Repositories:N0} repositories: copied {copied}; linked {Linked:N0} existing blobs
            {deleted}{verdict}
            """);
    }
}

/// <summary>Reports as JSON, for programs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CopyReport))]
[JsonSerializable(typeof(CopyProblem))]
public sealed partial class CopyJson : JsonSerializerContext;
