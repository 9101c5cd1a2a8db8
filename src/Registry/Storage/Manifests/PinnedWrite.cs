using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// A write of a manifest's rows that pins everything that the manifest references. The transaction that writes the rows also touches
/// the references. If they do not fit one transaction, a pending row that names them all pins them first; they are touched in
/// batches, and the transaction that writes the rows deletes the pending row. Disposing an uncommitted write deletes it, too.
/// </summary>
/// <param name="repository">Repository of the manifest.</param>
/// <param name="manifest">Digest of the manifest.</param>
/// <param name="references">The content that it references. Optional references are not touched.</param>
/// <param name="maxRows">Maximum number of rows passed to <see cref="CommitAsync"/>.</param>
sealed class PinnedWrite(Partition repository, Digest manifest, IReadOnlyList<PinnedReference> references, int maxRows) : IAsyncDisposable
{
    readonly List<PinnedReference> _touched = [.. references.Where(reference => !reference.IsOptional)];
    bool _isPending;

    bool AtOnce => _touched.Count + maxRows <= Partition.MaxActions;

    /// <summary>Id of this write, unique among all writes.</summary>
    public string Attempt { get; } = Layout.NewId();

    string PendingKey => Layout.Pending(manifest, Attempt);

    /// <summary>Pins and commits in one call, for rows that are not read again when a condition fails.</summary>
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
    /// Pins references that do not fit one transaction: one transaction for the pending row, and one for each 100 references. Does
    /// nothing if they fit.
    /// </summary>
    /// <returns>A reference that is missing; null when all are pinned, or <see cref="CommitAsync"/> will pin them.</returns>
    /// <exception cref="ContentionException">Other requests changed the same rows at every attempt.</exception>
    public async Task<PinnedReference?> PinAsync(CancellationToken cancellationToken)
    {
        if (AtOnce) return null;
        cancellationToken.ThrowIfCancellationRequested();
        await WritePendingAsync();
        foreach (var batch in _touched.Chunk(Partition.MaxActions))
            if (await TouchAsync(batch, cancellationToken) is { } missing) return missing;
        return null;
    }

    /// <summary>Writes all rows or none: one transaction.</summary>
    /// <param name="rows">Actions on the rows, each with a condition of its own.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    [ProtocolStep(ProtocolStep.PutManifest)]
    public async Task<PinnedResult> CommitAsync(IReadOnlyList<TableTransactionAction> rows, CancellationToken cancellationToken)
    {
        List<TableTransactionAction> actions = AtOnce
            ? [.. _touched.Select(reference => reference.Touch(repository)), .. rows]
            : [.. rows, repository.Delete(PendingKey, ETag.All)];
        var result = Describe(await repository.SubmitAsync(actions, cancellationToken), rows);
        if (result.Status is PinnedStatus.Committed or PinnedStatus.PendingMissing) _isPending = false;
        return result;
    }

    /// <summary>Whether a row that was read has the id of this write: then all rows are written, and the answer was lost.</summary>
    public bool HasWritten(TableEntity? row)
    {
        var written = row?.GetString(Columns.Attempt) == Attempt;
        if (written) _isPending = false;
        return written;
    }

    /// <summary>
    /// Deletes the pending row of an uncommitted write, also when the client has disconnected. A commit that is still in progress fails
    /// without the pending row.
    /// </summary>
    [ProtocolStep(ProtocolStep.DeletePending)]
    public async ValueTask DisposeAsync()
    {
        if (_isPending) await repository.Table.DeleteEntityAsync(repository.Key, PendingKey, ETag.All, CancellationToken.None);
    }

    /// <summary>
    /// Writes the pending row, which <see cref="DisposeAsync"/> deletes. It is not cancelled when the client disconnects: the storage could
    /// execute a cancelled request after that delete.
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
        var touches = AtOnce ? _touched.Count : 0;
        if (failed is { RowMissing: true, Index: >= 0 } && failed.Index < touches)
            return new(PinnedStatus.ReferenceMissing, _touched[failed.Index]);
        var row = failed.Index - touches;
        if (failed.RowMissing && !AtOnce && row == rows.Count) return new(PinnedStatus.PendingMissing);
        return new(PinnedStatus.ConditionFailed, Failed: row >= 0 && row < rows.Count ? rows[row] : null);
    }
}
