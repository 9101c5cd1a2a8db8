namespace Registry.Storage;

/// <summary>How a restoration ended.</summary>
public enum RestoreStatus
{
    /// <summary>It is there again, or was there.</summary>
    Restored,

    /// <summary>Nothing of that name was deleted lately.</summary>
    Unknown,

    /// <summary>A blob or a child that it needs was deleted by itself.</summary>
    ReferenceMissing,

    /// <summary>The manifest that the tag pointed to is gone for good.</summary>
    ManifestGone,

    /// <summary>The tag points to another manifest by now.</summary>
    TagExists,
}
