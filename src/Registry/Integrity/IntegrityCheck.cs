using System.Runtime.CompilerServices;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>
/// Checks a registry while it is in use, and repairs what can be repaired: tables against each other, against the bytes of
/// manifests, and against the objects in the container. Memory is bounded, and the cost is proportional to what is stored.
/// </summary>
public sealed class IntegrityCheck(StorageAccount account, TimeProvider time)
{
    /// <summary>Runs a check.</summary>
    /// <param name="options">What to check, and whether to repair it.</param>
    /// <param name="onFinding">Receives each finding, one call at a time.</param>
    /// <param name="cancellationToken">Cancels the check; what was repaired stays repaired.</param>
    public async Task<CheckReport> RunAsync(CheckOptions options, Action<Finding> onFinding, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var context = new CheckContext(account, options, time, onFinding);
        var some = options.Repositories is { Count: > 0 };
        // Content first: the checks of repositories then see which objects are lost.
        if (!some) await new DigestCheck(context).RunAsync(cancellationToken);
        await foreach (var name in some ? options.Repositories!.ToAsyncEnumerable() : ListAsync(context, cancellationToken))
        {
            context.Report.Count(report => report.AddRepository());
            await new RepositoryCheck(context, name, withContents: some).RunAsync(cancellationToken);
        }
        // The owners without a link are the owners that were counted, less the links.
        context.Report.Count(report => report.AddOwners(some ? -report.OwnersWithoutLink : -report.Links));
        return context.Report;
    }

    /// <summary>
    /// Lists all repositories, partition by partition of the table: repositories without manifests are not in the catalog.
    /// </summary>
    async IAsyncEnumerable<RepositoryName> ListAsync(CheckContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in account.RepositoryKeysAsync(cancellationToken))
        {
            if (RepositoryName.TryParse(Layout.NameOf(key), out var name))
            {
                yield return name;
                continue;
            }
            context.AddFinding(new Finding(
                FindingKind.RowUnreadable,
                null,
                $"{Layout.RepositoriesTable}/{key}",
                "this is not a valid repository name",
                Repair: null,
                "find out what wrote it, and delete it",
                IsWarning: true));
        }
    }
}
