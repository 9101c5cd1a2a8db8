using System.Text.Json.Serialization;

namespace Registry.GarbageCollection;

/// <summary>The kinds of things that a collector decides about.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CollectedKind>))]
public enum CollectedKind
{
    /// <summary>A partition of table <c>repositories</c>.</summary>
    Repository,

    /// <summary>A manifest (<c>m:</c>); only retention rules decide about it.</summary>
    Manifest,

    /// <summary>A tag (<c>t:</c>); only retention rules decide about it.</summary>
    Tag,

    /// <summary>An upload session (<c>u:</c>), with what it staged.</summary>
    Session,

    /// <summary>A pending row (<c>p:</c>).</summary>
    Pending,

    /// <summary>A tombstone (<c>x:</c>): a deleted manifest or tag that can be restored.</summary>
    Deleted,

    /// <summary>A use row (<c>l:</c>).</summary>
    Use,

    /// <summary>A repository's link to a blob (<c>b:</c>).</summary>
    Link,

    /// <summary>A repository as owner of the content of a digest.</summary>
    Owner,

    /// <summary>The content row, which states which object is the blob of a digest.</summary>
    Content,

    /// <summary>An object of container <c>blobs</c>.</summary>
    BlobObject,

    /// <summary>An object of container <c>uploads</c>.</summary>
    StagedObject,

    /// <summary>The name of a repository in the catalog.</summary>
    Name,
}

/// <summary>What a collector does with it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
public enum Outcome
{
    Kept,

    /// <summary>Deleted after the grace period, unless it is touched until then.</summary>
    MarkedForDeletion,

    Removed,

    /// <summary>Not deleted, because its row changed after it was read; the next pass decides again.</summary>
    Changed,
}

/// <summary>Why something is kept or deleted. Users read the text in reports and in the web UI.</summary>
public sealed record Reason(Outcome Outcome, string Text)
{
    public static readonly Reason Swept = new(Outcome.Kept, "swept");
    public static readonly Reason Referenced = new(Outcome.Kept, "a manifest references it");
    public static readonly Reason Unmarked = new(
        Outcome.Kept, "a manifest references it again, so it is no longer marked for deletion");
    public static readonly Reason InGrace = new(Outcome.Kept, "unreferenced for less than the grace period");
    public static readonly Reason Young = new(Outcome.Kept, "younger than the grace period");
    public static readonly Reason SessionActive = new(Outcome.Kept, "the upload session may still be active");
    public static readonly Reason Restorable = new(Outcome.Kept, "can still be restored");
    public static readonly Reason Linked = new(Outcome.Kept, "the repository links it");
    public static readonly Reason Owned = new(Outcome.Kept, "a repository owns it");
    public static readonly Reason Named = new(Outcome.Kept, "it is the blob of its digest");
    public static readonly Reason Contradicted = new(
        Outcome.Kept, "the row that states which object is the blob is missing: run the command check");
    public static readonly Reason Foreign = new(Outcome.Kept, "the registry does not use such names");
    public static readonly Reason KeptByRule = new(Outcome.Kept, "retention");
    public static readonly Reason Unreferenced = new(Outcome.MarkedForDeletion, "no manifest references it");
    public static readonly Reason UnreferencedPastGrace = new(
        Outcome.Removed, "no manifest has referenced it for longer than the grace period");
    public static readonly Reason Expired = new(Outcome.Removed, "expired");
    public static readonly Reason Finished = new(Outcome.Removed, "finished longer ago than the grace period");
    public static readonly Reason PushDied = new(Outcome.Removed, "its push was interrupted");
    public static readonly Reason Gone = new(Outcome.Removed, "its manifest no longer exists");
    public static readonly Reason Empty = new(
        Outcome.Removed, "the repository has had no manifests for longer than the grace period, and none can be restored");
    public static readonly Reason Unlinked = new(Outcome.Removed, "the repository does not link it");
    public static readonly Reason Unowned = new(Outcome.Removed, "no repository owns it");
    public static readonly Reason Unnamed = new(Outcome.Removed, "it is not the blob of its digest");
    public static readonly Reason Abandoned = new(Outcome.Removed, "its upload session has ended or expired");
    public static readonly Reason RemovedByRule = new(Outcome.Removed, "retention");
    public static readonly Reason Changed = new(Outcome.Changed, "changed during the pass");
}

/// <summary>One decision of a collector.</summary>
/// <param name="Kind">Kind of the thing.</param>
/// <param name="Place">A repository and a key in it, a digest, or the name of an object.</param>
/// <param name="Reason">Outcome and reason.</param>
/// <param name="Bytes">Size of the content in bytes; 0 where it is unknown.</param>
/// <param name="Detail">Detail of the reason, such as the retention rule.</param>
public sealed record CollectionDecision(CollectedKind Kind, string Place, Reason Reason, long Bytes = 0, string? Detail = null)
{
    public override string ToString() =>
        $"{Reason.Outcome,-17} {Kind,-12} {Place}: {Reason.Text}{(Detail is null ? "" : $" ({Detail})")}";
}
