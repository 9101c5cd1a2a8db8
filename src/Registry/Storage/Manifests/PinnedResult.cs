using Azure.Data.Tables;

namespace Registry.Storage;

/// <summary>How a <see cref="PinnedWrite"/> ended: what is missing, or which of the rows did not meet its condition, where the storage says so.</summary>
readonly record struct PinnedResult(PinnedStatus Status, PinnedReference? Missing = null, TableTransactionAction? Failed = null)
{
    public static readonly PinnedResult Committed = new(PinnedStatus.Committed);
}
