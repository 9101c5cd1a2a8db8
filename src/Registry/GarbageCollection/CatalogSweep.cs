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
    static readonly string[] s_columns = ["PartitionKey", "RowKey", "Timestamp"];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        // In a registry where everything was deleted, the names show that to the other sweeps (DigestSweep) as long as content is left.
        if (pass.OccupiedRepositories.Count == 0 && await HasContentAsync(cancellationToken)) return;
        var actions = new ConditionalBatch(pass.Account.Catalog, pass.DryRun);
        await foreach (var row in pass.ScanAsync(pass.Account.Catalog, "", s_columns, cancellationToken))
        {
            if (!pass.IsOld(row.Timestamp) || !await IsEmptyAsync(row.RowKey, cancellationToken)) continue;
            await actions.AddAsync(
                pass.Account.Catalog.Delete(row.RowKey, row.ETag),
                done => pass.Decide(CollectedKind.Name, Layout.NameOf(row.RowKey), done ? Reason.Empty : Reason.Changed),
                cancellationToken);
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
