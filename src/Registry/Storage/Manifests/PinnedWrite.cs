using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// A write of a manifest's rows that pins everything that the manifest references. The references are touched in the transaction that
/// writes the rows; where they are too many for one, a pending row that names them all pins them first, they are touched in batches, and
/// the transaction that writes the rows deletes it. Disposing of a write that was not committed deletes its pending row.
/// </summary>
/// <param name="repository">Where.</param>
/// <param name="manifest">That is written.</param>
/// <param name="references">What it references.</param>
/// <param name="maxRows">Rows that <see cref="CommitAsync"/> gets at most.</param>
sealed class PinnedWrite(Partition repository, Digest manifest, IReadOnlyList<PinnedReference> references, int maxRows) : IAsyncDisposable
{
    readonly bool _atOnce = references.Count + maxRows <= Partition.MaxActions;
    bool _isPending;

    /// <summary>An id that no other write has.</summary>
    public string Attempt { get; } = Layout.NewId();

    string PendingKey => Layout.Pending(manifest, Attempt);

    /// <summary>The whole write, for rows that need not be read again when one of them does not meet its condition.</summary>
    public static async Task<PinnedResult> RunAsync(
        Partition repository,
        Digest manifest,
        IReadOnlyList<PinnedReference> references,
        IReadOnlyList<TableTransactionAction> rows,
        CancellationToken cancellationToken)
    {
        await using var write = new PinnedWrite(repository, manifest, references, rows.Count);
        return await write.PinAsync(cancellationToken) is { } missing
            ? new PinnedResult(PinnedStatus.ReferenceMissing, missing)
            : await write.CommitAsync(rows, cancellationToken);
    }

    /// <summary>
    /// Pins what is too much for one transaction: none where it is not, else one for the pending row and one for each 100 references.
    /// </summary>
    /// <returns>A reference that is missing; null when all are pinned, or will be by <see cref="CommitAsync"/>.</returns>
    /// <exception cref="ContentionException">Others changed the same rows again and again in between.</exception>
    public async Task<PinnedReference?> PinAsync(CancellationToken cancellationToken)
    {
        if (_atOnce) return null;
        cancellationToken.ThrowIfCancellationRequested();
        await WritePendingAsync();
        foreach (var batch in references.Chunk(Partition.MaxActions))
            if (await TouchAsync(batch, cancellationToken) is { } missing) return missing;
        return null;
    }

    /// <summary>Writes the rows, or none of them: one transaction.</summary>
    /// <param name="rows">Each on a condition of its own.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    [ProtocolStep(ProtocolStep.PutManifest)]
    public async Task<PinnedResult> CommitAsync(IReadOnlyList<TableTransactionAction> rows, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> actions = _atOnce
            ? [.. references.Select(reference => reference.Touch(repository)), .. rows]
            : [.. rows, repository.Delete(PendingKey, ETag.All)];
        var result = Describe(await repository.SubmitAsync(actions, cancellationToken), rows);
        if (result.Status is PinnedStatus.Committed or PinnedStatus.PendingMissing) _isPending = false;
        return result;
    }

    /// <summary>Whether a row that was read bears this attempt: then the rows are written, and the answer was lost.</summary>
    public bool HasWritten(TableEntity? row)
    {
        var written = row?.GetString(Columns.Attempt) == Attempt;
        if (written) _isPending = false;
        return written;
    }

    /// <summary>However it ended, also by the client going away. A commit that is still under way fails without the pending row.</summary>
    [ProtocolStep(ProtocolStep.DeletePending)]
    public async ValueTask DisposeAsync()
    {
        if (_isPending) await repository.Table.DeleteEntityAsync(repository.Key, PendingKey, ETag.All, CancellationToken.None);
    }

    /// <summary>
    /// The one write that <see cref="DisposeAsync"/> undoes, so it comes to its end even if the client has gone: what is only broken off
    /// may be executed by the storage after the undo.
    /// </summary>
    [ProtocolStep(ProtocolStep.WritePending)]
    async Task WritePendingAsync()
    {
        var row = repository.Row(PendingKey);
        PackedReferences.Write(row, references);
        _isPending = true;
        await repository.Table.UpsertEntityAsync(row, TableUpdateMode.Replace, CancellationToken.None);
    }

    [ProtocolStep(ProtocolStep.TouchReferences)]
    async Task<PinnedReference?> TouchAsync(PinnedReference[] batch, CancellationToken cancellationToken)
    {
        for (var attempts = 0; ; attempts++)
        {
            await Contention.BeforeAsync(attempts, cancellationToken);
            var conflict = await repository.SubmitAsync(batch.Select(reference => reference.Touch(repository)), cancellationToken);
            if (conflict is null) return null;
            if (conflict is { RowMissing: true, Index: >= 0 } missing) return batch[missing.Index];
        }
    }

    PinnedResult Describe(Conflict? conflict, IReadOnlyList<TableTransactionAction> rows)
    {
        if (conflict is not { } failed) return PinnedResult.Committed;
        var touches = _atOnce ? references.Count : 0;
        if (failed is { RowMissing: true, Index: >= 0 } && failed.Index < touches)
            return new(PinnedStatus.ReferenceMissing, references[failed.Index]);
        var row = failed.Index - touches;
        if (failed.RowMissing && !_atOnce && row == rows.Count) return new(PinnedStatus.PendingMissing);
        return new(PinnedStatus.ConditionFailed, Failed: row >= 0 && row < rows.Count ? rows[row] : null);
    }
}
