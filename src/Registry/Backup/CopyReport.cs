using System.Globalization;
using System.Text.Json.Serialization;

namespace Registry.Backup;

/// <summary>Something that was not copied, and why.</summary>
/// <param name="Repository">Where.</param>
/// <param name="Reference">What: a tag, the digest of a manifest or of a blob.</param>
/// <param name="Message">Why.</param>
public sealed record CopyProblem(string Repository, string Reference, string Message)
{
    public override string ToString() => $"not copied: {Repository} {Reference}: {Message}";
}

/// <summary>What was copied from one storage account to another.</summary>
public sealed class CopyReport
{
    long _repositories, _manifests, _tags, _blobs, _bytes, _linked, _deleted, _problems;

    /// <summary>Repositories that were looked at.</summary>
    public long Repositories => _repositories;

    public long Manifests => _manifests;

    public long Tags => _tags;

    /// <summary>Blobs whose bytes were copied.</summary>
    public long Blobs => _blobs;

    public long Bytes => _bytes;

    /// <summary>Blobs that only had to be linked: another repository has them there already.</summary>
    public long Linked => _linked;

    /// <summary>Tags and manifests that were deleted in the target, since they were in the source.</summary>
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

    /// <summary>For a person.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"""
        {Repositories:N0} repositories: copied {Manifests:N0} manifests, {Tags:N0} tags and {Blobs:N0} blobs of {Bytes:N0} bytes; linked {Linked:N0} blobs that were there
        {(Deleted > 0 ? string.Create(CultureInfo.InvariantCulture, $"{Deleted:N0} tags and manifests were deleted. ") : "")}{(Problems == 0 ? "Everything is there." : string.Create(CultureInfo.InvariantCulture, $"{Problems:N0} could not be copied."))}
        """);
}

/// <summary>Reports as JSON, for programs.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CopyReport))]
[JsonSerializable(typeof(CopyProblem))]
public sealed partial class CopyJson : JsonSerializerContext;
