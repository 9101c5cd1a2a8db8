using Azure.Data.Tables;
using Registry.Integrity;
using Registry.Oci;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Integrity;

/// <summary>All rows of several kinds are lost, in several repositories that share blobs; one repair rebuilds them.</summary>
public sealed class RebuildTests(HealthyRegistry registry) : IClassFixture<HealthyRegistry>
{
    static readonly (string Name, string Table, Func<TableEntity, bool> Takes)[] s_losses =
    [
        // Only one of the two can be rebuilt from the other.
        ("lists of tags", "repositories", row => row.RowKey.StartsWith("d:", StringComparison.Ordinal)),
        ("tags", "repositories", row => row.RowKey.StartsWith("t:", StringComparison.Ordinal)),
        ("referrers", "repositories", row => row.RowKey.StartsWith("r:", StringComparison.Ordinal)),
        ("links", "repositories", row => row.RowKey.StartsWith("b:", StringComparison.Ordinal)),
        ("large manifests", "repositories", row => row.RowKey.StartsWith("m:", StringComparison.Ordinal) && row.ContainsKey("Object")),
        ("catalog", "catalog", row => row.PartitionKey == "names"),
        ("owners", "digests", row => row.RowKey.Length > 0),
        ("contents", "digests", row => row.RowKey.Length == 0),
    ];

    static readonly string[] s_columns = ["References0", "Subject", "Size", "MediaType"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Rows_of_several_kinds_are_rebuilt(int seed)
    {
        await registry.ClearAsync();
        var random = new Random(seed);
        // The repository with most losses has a manifest with many layers.
        PushedRepository[] pushed = [await PushedRepository.PushAsync(registry.Client, many: seed == 4),
            await PushedRepository.PushAsync(registry.Client)];
        var losses = s_losses.Where((_, i) => i < 2 ? i == seed % 2 : random.Next(2) == 0).ToList();
        if (seed == 4) losses = [.. s_losses.Skip(1)];
        foreach (var loss in losses)
        {
            var table = new TableClient(registry.ConnectionString, loss.Table);
            await foreach (var row in table.QueryAsync<TableEntity>())
                if (loss.Takes(row)) await table.DeleteEntityAsync(row);
        }
        // And some columns of the remaining manifests.
        await foreach (var row in registry.Repositories.QueryAsync<TableEntity>(row => row.RowKey.CompareTo("m:") >= 0
            && row.RowKey.CompareTo("m;") < 0))
        {
            row.Remove(s_columns[random.Next(s_columns.Length)]);
            await registry.Repositories.UpdateEntityAsync(row, Azure.ETag.All, TableUpdateMode.Replace);
        }

        Assert.False((await registry.CheckAsync()).Report.IsSound);
        var (report, findings) = await registry.CheckAsync(repair: true);
        var remaining = string.Join('\n', findings.Where(finding => finding.State == FindingState.Left));
        Assert.True(report.IsSound, $"{string.Join(", ", losses.Select(loss => loss.Name))}:\n{remaining}");
        await registry.AssertSoundAsync();
        await using var fresh = await registry.StartAsync();
        foreach (var repository in pushed) await repository.AssertServedAsync(fresh.Client);
    }

    [Fact]
    public async Task Keys_that_exceed_the_memory_limit_are_checked_in_slices()
    {
        var pushed = await PushedRepository.PushAsync(registry.Client, many: true);
        async Task<List<Finding>> CheckAsync(bool repair)
        {
            var findings = new List<Finding>();
            var context = new CheckContext(registry.Registry.Get<StorageAccount>(),
                new CheckOptions(Repair: repair), TimeProvider.System, findings.Add);
            await new RepositoryCheck(context, RepositoryName.Parse(pushed.Name), withContents: true, capacity: 20)
                .RunAsync(CancellationToken.None);
            Assert.Equal((8, 6), (context.Report.Manifests, context.Report.Tags));
            return findings;
        }

        Assert.Empty(await CheckAsync(repair: false));
        await foreach (var row in registry.Repositories.QueryAsync<TableEntity>(row =>
            row.PartitionKey == HealthyRegistry.KeyOf(pushed.Name)))
        {
            if (row.RowKey[..2] is "b:" or "d:" or "r:") await registry.Repositories.DeleteEntityAsync(row);
        }
        var found = await CheckAsync(repair: false);
        Assert.Equal(6, found.Count(finding => finding.Kind == FindingKind.TagIndexMissing));
        Assert.Equal(2, found.Count(finding => finding.Kind == FindingKind.ReferrerMissing));
        // The layers of all images, the shared one, the empty config, and three large manifests.
        Assert.Equal(110 + 3 + 1 + 1 + 2, found.Count(finding => finding.Kind == FindingKind.LinkMissing));
        Assert.All(await CheckAsync(repair: true), finding => Assert.Equal(FindingState.Repaired, finding.State));
        Assert.Empty(await CheckAsync(repair: false));
        await using var fresh = await registry.StartAsync();
        await pushed.AssertServedAsync(fresh.Client);
    }
}
