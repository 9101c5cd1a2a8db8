using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>How a write that needs content of its repository ended: done, or what was not there; neither when a condition did not hold.</summary>
readonly record struct HoldingResult(bool Done, HeldReference? Missing);

/// <summary>
/// Writes rows of a manifest that is there already or was elsewhere, in the way of a push: what it references is touched in the
/// same transaction, or, when that is too much for one, under a row that names it all.
/// </summary>
static class HoldingWrite
{
    /// <summary>Writes.</summary>
    /// <param name="repository">Where.</param>
    /// <param name="manifest">That needs the content.</param>
    /// <param name="held">The content.</param>
    /// <param name="rows">What is written in the last transaction, each on a condition of its own.</param>
    /// <param name="cancellationToken">Ends it.</param>
    [ProtocolStep(ProtocolStep.HoldPending)]
    [ProtocolStep(ProtocolStep.TouchReferences)]
    [ProtocolStep(ProtocolStep.PutManifest)]
    [ProtocolStep(ProtocolStep.DeletePending)]
    public static async Task<HoldingResult> SubmitAsync(
        Partition repository, Digest manifest, IReadOnlyCollection<HeldReference> held, IReadOnlyList<TableTransactionAction> rows, CancellationToken cancellationToken)
    {
        if (held.Count + rows.Count <= Partition.MaxActions)
        {
            var conflict = await repository.SubmitAsync([.. held.Select(reference => Touch(repository, reference)), .. rows], cancellationToken);
            return Describe(conflict, [.. held]);
        }

        var pending = repository.Row(Layout.Pending(manifest, Layout.NewId()));
        PackedReferences.Write(pending, held);
        await repository.Table.UpsertEntityAsync(pending, TableUpdateMode.Replace, cancellationToken);
        var done = false;
        try
        {
            foreach (var batch in held.Chunk(Partition.MaxActions))
            {
                for (var attempt = 0; ; attempt++)
                {
                    await Contention.BeforeAsync(attempt, cancellationToken);
                    if (await repository.SubmitAsync(batch.Select(reference => Touch(repository, reference)), cancellationToken) is not { } conflict) break;
                    if (Describe(conflict, batch) is { Missing: not null } missing) return missing;
                }
            }
            var last = await repository.SubmitAsync([.. rows, repository.Delete(pending.RowKey, ETag.All)], cancellationToken);
            done = last is null;
            return Describe(last, []);
        }
        finally
        {
            if (!done) await repository.Table.DeleteEntityAsync(repository.Key, pending.RowKey, ETag.All, CancellationToken.None);
        }
    }

    /// <summary>A condition alone: the row is there as it was read.</summary>
    public static TableTransactionAction Unchanged(Partition partition, TableEntity row) => Partition.Merge(partition.Row(row.RowKey), row.ETag);

    /// <summary>Whoever would collect it must look again.</summary>
    public static TableTransactionAction Touch(Partition repository, HeldReference reference) => reference.IsManifest
        ? Partition.Touch(repository.Row(Layout.Manifest(reference.Digest)))
        : BlobStore.TouchLink(repository, reference.Digest);

    static HoldingResult Describe(Conflict? conflict, HeldReference[] held) => conflict is not { } c
        ? new HoldingResult(true, null)
        : new HoldingResult(false, c is { RowMissing: true, Index: >= 0 } && c.Index < held.Length ? held[c.Index] : null);
}
