using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The last sweep: repositories leave the catalog that have neither manifests nor anything to restore, and that no push has touched
/// for longer than the grace period. It runs beside pushes: each touches the row before it writes a manifest
/// (<see cref="CatalogStore"/>), and every delete here is conditional on the ETag that was read.
/// </summary>
sealed class CatalogSweep(PassContext pass)
{
    /// <summary>Names between two checkpoints, with up to two transactions for each.</summary>
    const int BatchSize = 100;

    static readonly string[] s_columns = ["PartitionKey", "RowKey", "Timestamp"];

    /// <summary>Sweeps all names after a given one.</summary>
    /// <param name="after">Key of the last name that was swept; null for none.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    /// <returns>Checkpoints: the key of the last name that was swept, after each batch.</returns>
    public async IAsyncEnumerable<string> RunAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // In a registry where everything was deleted, a name shows that to the other sweeps (DigestSweep) as long as content is left.
        var keepsOne = pass.OccupiedRepositories.Count == 0 && await HasContentAsync(cancellationToken);
        var actions = new ConditionalBatch(pass.Account.Catalog, pass.DryRun);
        var read = 0;
        await foreach (var row in pass.ScanAsync(pass.Account.Catalog, "", after, s_columns, cancellationToken))
        {
            var kept = keepsOne || !pass.IsOld(row.Timestamp) || !await IsEmptyAsync(row.RowKey, cancellationToken);
            keepsOne = false;
            if (!kept)
            {
                await actions.AddAsync(
                    pass.Account.Catalog.Delete(row.RowKey, row.ETag),
                    done => pass.Decide(CollectedKind.Name, Layout.NameOf(row.RowKey), done ? Reason.Empty : Reason.Changed),
                    cancellationToken);
            }
            if (++read % BatchSize != 0) continue;
            await actions.FlushAsync(cancellationToken);
            yield return row.RowKey;
            await pass.Throttle.PauseAsync(cancellationToken);
        }
        await actions.FlushAsync(cancellationToken);
    }

    /// <summary>Manifests first: a manifest that is deleted becomes a tombstone. A restore touches the catalog's row.</summary>
    async Task<bool> IsEmptyAsync(string key, CancellationToken cancellationToken)
    {
        if (pass.OccupiedRepositories.Contains(key)) return false;
        foreach (var prefix in new[] { Layout.ManifestPrefix, Layout.DeletedPrefix })
        {
            var (rows, _) = await pass.Account.RepositoryOf(key).PageAsync(
                prefix, after: null, size: 1, ["RowKey"], where: null, cancellationToken);
            if (rows.Count > 0) return false;
        }
        return true;
    }

    async Task<bool> HasContentAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in pass.Account.Digests.QueryAsync<TableEntity>((string?)null, 1, ["RowKey"], cancellationToken)) return true;
        await foreach (var _ in pass.Account.BlobObjects.GetBlobsAsync(cancellationToken: cancellationToken)) return true;
        return false;
    }
}
