namespace Registry.Storage;

/// <summary>Outcome of a <see cref="PinnedWrite"/>.</summary>
enum PinnedStatus
{
    /// <summary>All rows are written.</summary>
    Committed,

    /// <summary>Content that the manifest references is missing.</summary>
    ReferenceMissing,

    /// <summary>
    /// The pending row is missing. Only this attempt uses it, so the rows are written and the answer was lost; unless the attempt took
    /// longer than the grace period, and a collector deleted the pending row.
    /// </summary>
    PendingMissing,

    /// <summary>The condition of a row failed: nothing is written.</summary>
    ConditionFailed,
}
