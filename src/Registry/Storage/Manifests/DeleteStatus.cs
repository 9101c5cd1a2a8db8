using Registry.Oci;

namespace Registry.Storage;

/// <summary>How a delete ended.</summary>
public enum DeleteStatus
{
    Deleted,

    /// <summary>There was nothing to delete.</summary>
    Unknown,

    /// <summary>It is a tag that nobody may delete, or a manifest to which one points.</summary>
    Locked,
}

/// <summary>How a delete ended; which tag is locked.</summary>
public readonly record struct DeleteResult(DeleteStatus Status, Tag? Locked = null);
