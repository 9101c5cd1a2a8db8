using System.Text.Json.Serialization;

namespace Registry.GarbageCollection;

/// <summary>What a collector looks at.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<CollectedKind>))]
public enum CollectedKind
{
    /// <summary>A partition of table <c>repositories</c>.</summary>
    Repository,

    /// <summary><c>m:</c>, by retention.</summary>
    Manifest,

    /// <summary><c>t:</c>, by retention.</summary>
    Tag,

    /// <summary><c>u:</c>, with what it staged.</summary>
    Session,

    /// <summary><c>p:</c>, a push that died.</summary>
    Pending,

    /// <summary><c>x:</c>, kept for undo.</summary>
    Deleted,

    /// <summary><c>l:</c>, of a manifest that is gone.</summary>
    Use,

    /// <summary><c>b:</c>, a repository's link to a blob.</summary>
    Link,

    /// <summary>A repository as owner of content.</summary>
    Owner,

    /// <summary>The row that says which object is a blob.</summary>
    Content,

    /// <summary>An object of container <c>blobs</c>.</summary>
    BlobObject,

    /// <summary>An object of container <c>uploads</c>.</summary>
    StagedObject,
}

/// <summary>What becomes of it.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<Outcome>))]
public enum Outcome
{
    Kept,

    /// <summary>It goes after the grace period, unless somebody needs it till then.</summary>
    MarkedForDeletion,

    Removed,

    /// <summary>Somebody changed it while it was looked at; the next pass looks again.</summary>
    Changed,
}

/// <summary>Why something is kept or goes.</summary>
public sealed record Reason(Outcome Outcome, string Text)
{
    public static readonly Reason Swept = new(Outcome.Kept, "swept");
    public static readonly Reason Referenced = new(Outcome.Kept, "a manifest needs it");
    public static readonly Reason Unmarked = new(Outcome.Kept, "a manifest needs it again, so it is not marked for deletion any more");
    public static readonly Reason InGrace = new(Outcome.Kept, "unreferenced for less than the grace period");
    public static readonly Reason Young = new(Outcome.Kept, "younger than the grace period");
    public static readonly Reason SessionActive = new(Outcome.Kept, "its session may go on");
    public static readonly Reason Restorable = new(Outcome.Kept, "can still be restored");
    public static readonly Reason Linked = new(Outcome.Kept, "the repository links it");
    public static readonly Reason Owned = new(Outcome.Kept, "a repository owns it");
    public static readonly Reason Named = new(Outcome.Kept, "it is the blob of its digest");
    public static readonly Reason Contradicted = new(
        Outcome.Kept, "the row that says which object is the blob was lost: run the command check");
    public static readonly Reason Foreign = new(Outcome.Kept, "not a name that the registry gives");
    public static readonly Reason KeptByRule = new(Outcome.Kept, "retention");
    public static readonly Reason Unreferenced = new(Outcome.MarkedForDeletion, "no manifest needs it");
    public static readonly Reason UnreferencedPastGrace = new(Outcome.Removed, "no manifest has needed it for longer than the grace period");
    public static readonly Reason Expired = new(Outcome.Removed, "expired");
    public static readonly Reason Finished = new(Outcome.Removed, "finished long ago");
    public static readonly Reason PushDied = new(Outcome.Removed, "its push has died");
    public static readonly Reason Gone = new(Outcome.Removed, "its manifest is gone");
    public static readonly Reason Unlinked = new(Outcome.Removed, "the repository does not link it");
    public static readonly Reason Unowned = new(Outcome.Removed, "no repository owns it");
    public static readonly Reason Unnamed = new(Outcome.Removed, "nothing names it");
    public static readonly Reason Abandoned = new(Outcome.Removed, "its session is dead");
    public static readonly Reason RemovedByRule = new(Outcome.Removed, "retention");
    public static readonly Reason Changed = new(Outcome.Changed, "changed meanwhile");
}

/// <summary>One decision of a collector.</summary>
/// <param name="Kind">What it is about.</param>
/// <param name="Place">Which: a repository and a key in it, a digest, the name of an object.</param>
/// <param name="Reason">What becomes of it, and why.</param>
/// <param name="Bytes">Of the content, where it is known.</param>
/// <param name="Detail">More of why, such as the rule.</param>
public sealed record CollectionDecision(CollectedKind Kind, string Place, Reason Reason, long Bytes = 0, string? Detail = null)
{
    public override string ToString() =>
        $"{Reason.Outcome,-17} {Kind,-12} {Place}: {Reason.Text}{(Detail is null ? "" : $" ({Detail})")}";
}
