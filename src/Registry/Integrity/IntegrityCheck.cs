using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>
/// Checks a whole registry, and repairs what can be repaired, while it is at work: tables against each other, against the bytes
/// of manifests, and against the container. Memory is bounded, and the cost grows with what there is, once.
/// </summary>
public sealed class IntegrityCheck(StorageAccount account, IOptions<RegistryOptions> registry, TimeProvider time)
{
    /// <summary>Checks.</summary>
    /// <param name="options">What, and whether to repair it.</param>
    /// <param name="found">Is told each finding, one after the other.</param>
    /// <param name="cancellationToken">Ends the check; what has been repaired stays so.</param>
    public async Task<CheckReport> RunAsync(CheckOptions options, Action<Finding> found, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        var context = new CheckContext(account, options, registry.Value.AcceptSparseManifests, time, found);
        var some = options.Repositories is { Count: > 0 };
        // Content first: what turns out to be lost is then missed where it is needed.
        if (!some) await new DigestCheck(context).RunAsync(cancellationToken);
        await foreach (var name in some ? options.Repositories!.ToAsyncEnumerable() : ListAsync(context, cancellationToken))
        {
            context.Report.Count(report => report.AddRepository());
            await new RepositoryCheck(context, name, withContents: some).RunAsync(cancellationToken);
        }
        // Owners were counted, and then the links that have one.
        context.Report.Count(report => report.AddOwners(some ? -report.OwnersWithoutLink : -report.Links));
        return context.Report;
    }

    /// <summary>
    /// All repositories: those without a manifest are in no catalog, so the table is skipped through from partition to partition.
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
                "this is no repository's name",
                Repair: null,
                "find out who wrote it, and delete it",
                IsWarning: true));
        }
    }
}
