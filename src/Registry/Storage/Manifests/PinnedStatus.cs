namespace Registry.Storage;

/// <summary>How a <see cref="PinnedWrite"/> ended.</summary>
enum PinnedStatus
{
    /// <summary>All rows are written.</summary>
    Committed,

    /// <summary>Something that the manifest references is not there.</summary>
    ReferenceMissing,

    /// <summary>
    /// The pending row is gone. It is this attempt's alone, so the rows are written and the answer was lost; unless the attempt took longer
    /// than the grace period, and a collector deleted it.
    /// </summary>
    PendingMissing,

    /// <summary>A row did not meet its condition: nothing is written.</summary>
    ConditionFailed,
}
