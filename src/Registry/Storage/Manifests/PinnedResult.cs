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
