namespace Registry.Storage;

/// <summary>Outcome of a restore.</summary>
public enum RestoreStatus
{
    /// <summary>The tag or manifest exists: it was restored now, or was not deleted.</summary>
    Restored,

    /// <summary>No tombstone of that tag or digest exists.</summary>
    Unknown,

    /// <summary>A blob or child that the manifest references was deleted separately.</summary>
    ReferenceMissing,

    /// <summary>The manifest that the tag pointed to was removed for good.</summary>
    ManifestGone,

    /// <summary>The tag points to another manifest now.</summary>
    TagExists,
}
