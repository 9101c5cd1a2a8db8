using Azure.Data.Tables;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>Nothing was done, because it could have destroyed something. The message says what, and what to do instead.</summary>
public sealed class CopyRefusedException(string message) : Exception(message);

/// <summary>
/// What a registry is: one that is backed up has a name of its own, a backup says of which, and one that is being restored says
/// from which. So that a backup never goes into another registry, and a restoration never over one.
/// </summary>
sealed class RegistryRole(StorageAccount account)
{
    const string Id = "Id";
    const string CopyOf = "CopyOf";
    const string Restoring = "Restoring";

    readonly Partition _partition = account.Marks;

    /// <summary>The name of a registry; it gets one when it has none.</summary>
    public async Task<string> NameAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            var mark = await ReadAsync(cancellationToken);
            if (mark?.GetString(Id) is { } id) return id;
            var row = _partition.Row("");
            row[Id] = Layout.NewId();
            await _partition.SubmitAsync([mark is null ? Partition.Insert(row) : Partition.Merge(row, mark.ETag)], cancellationToken);
        }
    }

    /// <summary>Makes an empty storage account the backup of a registry, or sees that it is.</summary>
    /// <exception cref="CopyRefusedException">It is something else.</exception>
    public async Task BecomeBackupAsync(string registry, CancellationToken cancellationToken)
    {
        var mark = await ReadAsync(cancellationToken);
        if (mark?.GetString(CopyOf) == registry) return;
        if (mark?.GetString(Id) == registry) throw new CopyRefusedException("The target is the registry itself.");
        if (mark is not null || !await IsEmptyAsync(cancellationToken))
            throw new CopyRefusedException("The target holds a registry that is no backup of this one. Name an empty storage account.");
        await WriteAsync(CopyOf, registry, cancellationToken);
    }

    /// <summary>Of which registry it is a backup.</summary>
    /// <exception cref="CopyRefusedException">It is none.</exception>
    public async Task<string> RequireBackupAsync(CancellationToken cancellationToken) =>
        (await ReadAsync(cancellationToken))?.GetString(CopyOf) ?? throw new CopyRefusedException("There is no backup.");

    /// <summary>Begins to restore a registry into an empty storage account, or goes on with that.</summary>
    /// <exception cref="CopyRefusedException">There is a registry already.</exception>
    public async Task BeginRestoreAsync(string registry, CancellationToken cancellationToken)
    {
        var mark = await ReadAsync(cancellationToken);
        if (mark?.GetString(Restoring) == registry) return;
        if (mark is not null || !await IsEmptyAsync(cancellationToken))
            throw new CopyRefusedException("There is a registry already in the storage account that is to be restored into. Name an empty one.");
        await WriteAsync(Restoring, registry, cancellationToken);
    }

    /// <summary>From now on it is that registry, and goes on being backed up as such.</summary>
    public Task EndRestoreAsync(string registry, CancellationToken cancellationToken) => WriteAsync(Id, registry, cancellationToken);

    async Task<TableEntity?> ReadAsync(CancellationToken cancellationToken) => await _partition.ReadAsync("", columns: null, cancellationToken);

    Task WriteAsync(string column, string registry, CancellationToken cancellationToken)
    {
        var row = _partition.Row("");
        row[column] = registry;
        return _partition.SubmitUnconditionalAsync([Partition.Put(row)], cancellationToken);
    }

    async Task<bool> IsEmptyAsync(CancellationToken cancellationToken)
    {
        await foreach (var _ in account.RepositoryKeysAsync(cancellationToken)) return false;
        await foreach (var _ in account.Digests.QueryAsync<TableEntity>(maxPerPage: 1, select: ["RowKey"], cancellationToken: cancellationToken)) return false;
        await foreach (var _ in account.Catalog.ScanAsync("", ["RowKey"], cancellationToken)) return false;
        return true;
    }
}
