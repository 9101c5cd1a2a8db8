using Azure.Data.Tables;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>A backup or restore was refused, because it could overwrite a registry. The message states why, and what to do.</summary>
public sealed class CopyRefusedException(string message) : Exception(message);

/// <summary>
/// The role of a storage account in backups, as one row records it: a registry that is backed up has an id; a backup, and a registry
/// that is being restored, have the id of the original. So a backup or restore never overwrites another registry.
/// </summary>
sealed class RegistryRole(StorageAccount account)
{
    const string Id = "Id";
    const string CopyOf = "CopyOf";
    const string Restoring = "Restoring";

    readonly Partition _partition = account.Marks;

    /// <summary>The id of the registry; creates one if there is none.</summary>
    public async Task<string> GetIdAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            var role = await ReadAsync(cancellationToken);
            if (role?.GetString(Id) is { } id) return id;
            var row = _partition.Row("");
            row[Id] = Layout.NewId();
            await _partition.SubmitAsync([role is null ? Partition.Insert(row) : Partition.Merge(row, role.ETag)], cancellationToken);
        }
    }

    /// <summary>Makes an empty storage account the backup of a registry, or verifies that it is.</summary>
    /// <exception cref="CopyRefusedException">The account is neither empty nor the backup of that registry.</exception>
    public async Task BecomeBackupAsync(string registry, CancellationToken cancellationToken)
    {
        var role = await ReadAsync(cancellationToken);
        if (role?.GetString(CopyOf) == registry) return;
        if (role?.GetString(Id) == registry) throw new CopyRefusedException("The target is the registry itself.");
        if (role is not null || !await IsEmptyAsync(cancellationToken))
            throw new CopyRefusedException("The target has a registry that is not a backup of this one. Use an empty storage account.");
        await WriteAsync(CopyOf, registry, cancellationToken);
    }

    /// <summary>The id of the registry that this is a backup of.</summary>
    /// <exception cref="CopyRefusedException">It is not a backup.</exception>
    public async Task<string> RequireBackupAsync(CancellationToken cancellationToken) =>
        (await ReadAsync(cancellationToken))?.GetString(CopyOf) ?? throw new CopyRefusedException("The source is not a backup.");

    /// <summary>Records that a registry is being restored into an empty storage account, or verifies that it is.</summary>
    /// <exception cref="CopyRefusedException">The account already has a registry.</exception>
    public async Task BeginRestoreAsync(string registry, CancellationToken cancellationToken)
    {
        var role = await ReadAsync(cancellationToken);
        if (role?.GetString(Restoring) == registry) return;
        if (role is not null || !await IsEmptyAsync(cancellationToken))
            throw new CopyRefusedException("The storage account to restore into already has a registry. Use an empty one.");
        await WriteAsync(Restoring, registry, cancellationToken);
    }

    /// <summary>Records that the restore is complete: the account now is that registry, with the same id for later backups.</summary>
    public Task EndRestoreAsync(string registry, CancellationToken cancellationToken) => WriteAsync(Id, registry, cancellationToken);

    async Task<TableEntity?> ReadAsync(CancellationToken cancellationToken) =>
        await _partition.ReadAsync("", columns: null, cancellationToken);

    Task WriteAsync(string column, string registry, CancellationToken cancellationToken)
    {
        var row = _partition.Row("");
        row[column] = registry;
        return _partition.SubmitUnconditionalAsync([Partition.Put(row)], cancellationToken);
    }

    async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in account.RepositoryKeysAsync(cancellationToken)) return false;
        var digests = account.Digests.QueryAsync<TableEntity>(maxPerPage: 1, select: ["RowKey"], cancellationToken: cancellationToken);
        await foreach (var _ in digests) return false;
        await foreach (var _ in account.Catalog.ScanAsync("", ["RowKey"], cancellationToken)) return false;
        return true;
    }
}
