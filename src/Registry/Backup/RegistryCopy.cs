using Registry.Oci;
using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// Copies a registry into another storage account, all of it or what has changed since, while it is in use. What it writes is a
/// registry, too: a server can be started on it.
/// </summary>
/// <param name="source">That is copied from; nothing is changed there but the name that it gets.</param>
/// <param name="target">That is copied to.</param>
/// <param name="tell">Is told what could not be copied, one after the other.</param>
public sealed class RegistryCopy(StorageAccount source, CopyTarget target, Action<CopyProblem> tell)
{
    readonly Lock _telling = new();

    /// <summary>Makes the target a backup of the source, or brings it up to date: what was deleted is deleted there.</summary>
    /// <exception cref="CopyRefusedException">The target is something else.</exception>
    public async Task<CopyReport> BackUpAsync(CancellationToken cancellationToken)
    {
        await new RegistryRole(target.Account).BecomeBackupAsync(await new RegistryRole(source).NameAsync(cancellationToken), cancellationToken);
        return await CopyAsync(mirror: true, cancellationToken);
    }

    /// <summary>Makes the target, an empty storage account, the registry that the source is a backup of; or goes on with that.</summary>
    /// <exception cref="CopyRefusedException">The target is not empty, or the source is no backup.</exception>
    public async Task<CopyReport> RestoreAsync(CancellationToken cancellationToken)
    {
        var mark = new RegistryRole(target.Account);
        var registry = await new RegistryRole(source).RequireBackupAsync(cancellationToken);
        await mark.BeginRestoreAsync(registry, cancellationToken);
        var report = await CopyAsync(mirror: false, cancellationToken);
        if (report.Problems == 0) await mark.EndRestoreAsync(registry, cancellationToken);
        return report;
    }

    async Task<CopyReport> CopyAsync(bool mirror, CancellationToken cancellationToken)
    {
        var report = new CopyReport();
        await using var targets = target.Account.RepositoryKeysAsync(cancellationToken).GetAsyncEnumerator(cancellationToken);
        var more = mirror && await targets.MoveNextAsync();
        await foreach (var key in source.RepositoryKeysAsync(cancellationToken))
        {
            for (; more && string.CompareOrdinal(targets.Current, key) < 0; more = await targets.MoveNextAsync()) await DeleteAsync(targets.Current);
            if (more && targets.Current == key) more = await targets.MoveNextAsync();
            // What is not named by the registry is not its own.
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
        lock (_telling) tell(problem);
    });
}
