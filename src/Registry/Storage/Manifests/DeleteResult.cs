using Registry.Oci;

namespace Registry.Storage;

/// <summary>Outcome of a deletion, and the tag that is locked, if any.</summary>
public readonly record struct DeleteResult(DeleteStatus Status, Tag? Locked = null);

/// <summary>Whether a tag or manifest was deleted, or why not.</summary>
public enum DeleteStatus
{
    Deleted,

    /// <summary>The tag or manifest does not exist.</summary>
    Unknown,

    /// <summary>The tag is locked, or a locked tag points to the manifest.</summary>
    Locked,
}
