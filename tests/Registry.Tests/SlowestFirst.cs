using Xunit;
using Xunit.Abstractions;

[assembly: TestCollectionOrderer("Registry.Tests.SlowestFirst", "Registry.Tests")]

namespace Registry.Tests;

/// <summary>Starts the classes that take longest first: one that starts last would run alone at the end.</summary>
public sealed class SlowestFirst : ITestCollectionOrderer
{
    static readonly string[] s_slowest =
    [
        "FunctionsApp", "PageModulesTests", "RestartTests", "RepositoryPagesTests", "RestoreTests", "AccessTests",
        "IssuerDiscoveryTests", "SilenceAttackTests", "RebuildTests", "ConcurrencyTests", "ServerTests", "BackupSafetyTests",
    ];

    public IEnumerable<ITestCollection> OrderTestCollections(IEnumerable<ITestCollection> testCollections) =>
        testCollections.OrderBy(collection => !s_slowest.Any(name =>
            collection.DisplayName.EndsWith($".{name}", StringComparison.Ordinal)));
}
