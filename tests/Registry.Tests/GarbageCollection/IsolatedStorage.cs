using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Registry.GarbageCollection;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.GarbageCollection;

/// <summary>
/// A storage account of its own, since a collector scans everything; two registries on it that differ only in their grace
/// period.
/// </summary>
public sealed class IsolatedStorage : IAsyncLifetime
{
    DateTimeOffset _asOf;

    public string ConnectionString { get; private set; } = "";

    /// <summary>With a grace period longer than any test.</summary>
    public TestRegistry Registry { get; private set; } = null!;

    /// <summary>
    /// Without a grace period: its collector removes what is more than a second old. Tests must not push to it.
    /// </summary>
    public TestRegistry NoGracePeriod { get; private set; } = null!;

    public HttpClient Client => Registry.Client;

    public async Task InitializeAsync()
    {
        ConnectionString = await SharedAzurite.NewAccountAsync();
        Registry = await StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        NoGracePeriod = await StartAsync(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1));
    }

    public async Task DisposeAsync()
    {
        await Registry.DisposeAsync();
        await NoGracePeriod.DisposeAsync();
    }

    public Task<TestRegistry> StartAsync(TimeSpan grace, TimeSpan keepDeleted, Action<RegistryOptions>? configure = null) =>
        TestRegistry.StartAsync(options =>
    {
        options.Storage.ConnectionString = ConnectionString;
        options.Storage.GracePeriod = grace;
        options.Storage.DeletedRetention = keepDeleted;
        configure?.Invoke(options);
    });

    /// <summary>A pass without a grace period.</summary>
    public Task<CollectionReport> CollectAsync() => CollectAsync(NoGracePeriod);

    /// <summary>A complete pass of a registry on this storage.</summary>
    public async Task<CollectionReport> CollectAsync(TestRegistry registry) =>
        await registry.Get<Collector>().RunAsync(explain: null, timeLimit: null, await AfterAllWritesAsync(), CancellationToken.None);

    /// <summary>
    /// A time by the storage's clock, which counts whole seconds, that is later than every write so far and than any time
    /// returned before.
    /// </summary>
    public async Task<DateTimeOffset> AfterAllWritesAsync()
    {
        var now = (await Registry.Get<StorageAccount>().Collections.ReadWithTimeAsync("now", CancellationToken.None)).Now;
        return _asOf = (now > _asOf ? now : _asOf).AddSeconds(1);
    }

    /// <summary>Passes until one changes nothing.</summary>
    public async Task<IReadOnlyList<CollectionReport>> CollectAllAsync()
    {
        var reports = new List<CollectionReport>();
        do
        {
            Assert.True(reports.Count < 20, string.Join('\n', reports));
            reports.Add(await CollectAsync());
        }
        while (reports[^1].Lines.Any(line => line.Outcome != Outcome.Kept));
        return reports;
    }

    /// <summary>Keys of all rows and names of all objects, including uncommitted ones, with the rows' values.</summary>
    public async Task<SortedDictionary<string, string>> ListAsync()
    {
        var all = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var table in new[] { "repositories", "digests", "catalog" })
        {
            await foreach (var row in Table(table).QueryAsync<TableEntity>(row => row.PartitionKey != "collections"
                && row.PartitionKey != "pulls" && row.PartitionKey != "usage"))
            {
                all[$"{table} {row.PartitionKey} {row.RowKey}"] = row.ETag.ToString();
            }
        }
        foreach (var container in new[] { "blobs", "uploads" })
        {
            await foreach (var item in Container(container).GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Uncommitted }))
                all[$"{container} {item.Name}"] = $"{item.Properties.ETag}";
        }
        return all;
    }

    public TableClient Table(string name) => new(ConnectionString, name);

    public BlobContainerClient Container(string name) => new(ConnectionString, name);
}
