using Registry.Oci;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// Copies a registry into another storage account while it is in use: everything, or what has changed since the last copy. The copy
/// is a registry itself, on which a server can be started.
/// </summary>
/// <param name="source">Storage to copy from. The only change there is the id that the registry gets.</param>
/// <param name="target">Registry to copy to.</param>
/// <param name="onProblem">Receives what could not be copied, one call at a time.</param>
public sealed class RegistryCopy(StorageAccount source, CopyTarget target, Action<CopyProblem> onProblem)
{
    readonly Lock _reporting = new();

    /// <summary>Makes the target a backup of the source, or updates it. What was deleted in the source is deleted in the target.</summary>
    /// <exception cref="CopyRefusedException">The target is neither empty nor a backup of the source.</exception>
    public async Task<CopyReport> BackUpAsync(CancellationToken cancellationToken)
    {
        var registry = await new RegistryRole(source).GetIdAsync(cancellationToken);
        await new RegistryRole(target.Account).BecomeBackupAsync(registry, cancellationToken);
        return await CopyAsync(mirror: true, cancellationToken);
    }

    /// <summary>Restores the registry that the source is a backup of into the target, an empty storage account; or resumes that.</summary>
    /// <exception cref="CopyRefusedException">The target is not empty, or the source is not a backup.</exception>
    public async Task<CopyReport> RestoreAsync(CancellationToken cancellationToken)
    {
        var role = new RegistryRole(target.Account);
        var registry = await new RegistryRole(source).RequireBackupAsync(cancellationToken);
        await role.BeginRestoreAsync(registry, cancellationToken);
        var report = await CopyAsync(mirror: false, cancellationToken);
        if (report.Problems == 0) await role.EndRestoreAsync(registry, cancellationToken);
        return report;
    }

    async Task<CopyReport> CopyAsync(bool mirror, CancellationToken cancellationToken)
    {
        var report = new CopyReport();
        await using var targets = target.Account.RepositoryKeysAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        var more = mirror && await targets.MoveNextAsync();
        await foreach (var key in source.RepositoryKeysAsync(cancellationToken))
        {
            for (; more && string.CompareOrdinal(targets.Current, key) < 0; more = await targets.MoveNextAsync())
                await DeleteAsync(targets.Current);
            if (more && targets.Current == key) more = await targets.MoveNextAsync();
            // Partitions with invalid names were not written by the registry.
            if (RepositoryName.TryParse(Layout.NameOf(key), out var name)) await Copy(name, report).RunAsync(mirror, cancellationToken);
        }
        for (; more; more = await targets.MoveNextAsync()) await DeleteAsync(targets.Current);
        return report;

        async Task DeleteAsync(string key)
        {
            if (RepositoryName.TryParse(Layout.NameOf(key), out var name)) await Copy(name, report).DeleteAllAsync(cancellationToken);
        }
    }

    RepositoryCopy Copy(RepositoryName name, CopyReport report) => new(source, target, name, report, problem =>
    {
        lock (_reporting) onProblem(problem);
    });
}
