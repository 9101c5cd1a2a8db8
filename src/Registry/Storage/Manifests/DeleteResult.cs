using Registry.Oci;

namespace Registry.Storage;

/// <summary>Outcome of a deletion.</summary>
/// <param name="Status">Whether it was deleted, or why not.</param>
/// <param name="Locked">The tag that is locked, if any.</param>
/// <param name="Index">The index to which that tag points, when it reaches the manifest as a child; else null.</param>
public readonly record struct DeleteResult(DeleteStatus Status, Tag? Locked = null, Digest? Index = null);

/// <summary>Whether a tag or manifest was deleted, or why not.</summary>
public enum DeleteStatus
{
    Deleted,

    /// <summary>The tag or manifest does not exist.</summary>
    Unknown,

    /// <summary>The tag is locked, or a locked tag points to the manifest or to an index that reaches it.</summary>
    Locked,

    /// <summary>It does not satisfy the condition of the request.</summary>
    ConditionFailed,
}
