using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>Outcome of a <see cref="PinnedWrite"/>.</summary>
/// <param name="Status">Whether it was committed, or why not.</param>
/// <param name="Missing">The reference that is missing, if any.</param>
/// <param name="Failed">The action whose condition failed, if the storage reports it.</param>
readonly record struct PinnedResult(
    PinnedStatus Status, PinnedReference? Missing = null, TableTransactionAction? Failed = null)
{
    public static readonly PinnedResult Committed = new(PinnedStatus.Committed);
}

/// <summary>Whether a <see cref="PinnedWrite"/> was committed, or why not.</summary>
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
