using Registry.Oci;

namespace Registry.Storage;

/// <summary>How a push of a manifest ended.</summary>
public enum PutStatus
{
    Stored,

    /// <summary>It needs content that the repository does not have.</summary>
    ReferenceMissing,

    /// <summary>The tag is not what the client demanded.</summary>
    ConditionFailed,

    /// <summary>A tag points to another manifest, and must not be moved.</summary>
    TagExists,

    /// <summary>A tag points to another manifest, and nobody may move it.</summary>
    TagImmutable,

    /// <summary>A tag that nobody may move points to the manifest, which is there with another media type.</summary>
    MediaTypeImmutable,

    /// <summary>What was to be done with it in the same transaction could not be.</summary>
    Refused,

    /// <summary>The manifest is there with another media type, which must not be changed: whoever pulls its tags would get another thing.</summary>
    MediaTypeConflict,
}

/// <summary>How a push of a manifest ended; what was missing, or which tag is taken.</summary>
public readonly record struct PutResult(PutStatus Status, Digest? Missing = null, Tag? Taken = null);
