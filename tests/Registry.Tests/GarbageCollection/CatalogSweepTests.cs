using System.Text;
using Azure.Data.Tables;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>An empty repository leaves the catalog, and no other does.</summary>
// P11 (docs/design/hardening.md)
public sealed class CatalogSweepTests : IAsyncLifetime
{
    readonly IsolatedStorage _storage = new();

    public Task InitializeAsync() => _storage.InitializeAsync();

    public Task DisposeAsync() => _storage.DisposeAsync();

    [Fact]
    public async Task Empty_repositories_leave_the_catalog()
    {
        var digests = new Dictionary<string, string>();
        foreach (var name in new[] { "kept", "emptied" })
            digests[name] = DigestOf(await _storage.Client.PushImageAsync(name, "v1", RandomBytes(10)));
        // As a process leaves it that dies before it writes its first manifest.
        await _storage.Registry.Get<CatalogStore>().AddAsync(RepositoryName.Parse("died"), CancellationToken.None);
        (await _storage.Client.DeleteAsync($"/v2/emptied/manifests/{digests["emptied"]}")).Dispose();

        // Within the grace period, nothing leaves. What can be restored keeps its repository, at any age.
        var cautious = await _storage.Registry.Get<Collector>().RunAsync(null, null, CancellationToken.None);
        Assert.Equal(0, cautious.Count(CollectedKind.Name, Outcome.Removed));
        Assert.Equal(["died", "emptied", "kept"], await NamesAsync());
        await using var keeping = await _storage.StartAsync(TimeSpan.FromTicks(1), TimeSpan.FromDays(1));
        var dry = await keeping.Get<Collector>().DryRunAsync(null, await _storage.AfterAllWritesAsync(), CancellationToken.None);
        Assert.Equal(1, dry.Count(CollectedKind.Name, Outcome.Removed));
        Assert.Equal(["died", "emptied", "kept"], await NamesAsync());
        await _storage.CollectAsync(keeping);
        Assert.Equal(["emptied", "kept"], await NamesAsync());

        await _storage.CollectAllAsync();
        Assert.Equal(["kept"], await NamesAsync());
        // Another process does not know the name, and adds it again.
        await using var fresh = await _storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await fresh.Client.PushImageAsync("emptied", "v1", RandomBytes(10));
        Assert.Equal(["emptied", "kept"], await NamesAsync());
    }

    /// <summary>
    /// Each run of a pass stops at the first checkpoint after its time limit, and the next process goes on from there; so does what
    /// uploads left.
    /// </summary>
    [Fact]
    public async Task Many_empty_repositories_leave_in_several_runs()
    {
        await _storage.Client.PushImageAsync("z", "v1", RandomBytes(10));
        var deleted = await _storage.Client.PushImageAsync("y", "v1", RandomBytes(10));
        (await _storage.Client.DeleteAsync($"/v2/y/manifests/{DigestOf(deleted)}")).Dispose();
        var rows = Enumerable.Range(0, 250).Select(i => new TableEntity("names", $"n{i:000}")).ToList();
        foreach (var chunk in rows.Chunk(100))
        {
            await _storage.Table("catalog").SubmitTransactionAsync(
                chunk.Select(row => new TableTransactionAction(TableTransactionActionType.Add, row)));
        }
        var account = _storage.Registry.Get<StorageAccount>();
        var content = RandomBytes(10);
        for (var i = 0; i < 3; i++)
        {
            await ObjectWriter.PutAsync(
                account.StagingObject(Guid.NewGuid()), new MemoryStream(content), Digest.Parse(DigestOf(content)), CancellationToken.None);
        }
        // Kept, and the first in the order of names.
        await _storage.Container("uploads").UploadBlobAsync("-foreign", BinaryData.FromString("a"));
        var asOf = await _storage.AfterAllWritesAsync();
        var left = new List<(int Names, int Staged)>();
        CollectionReport report;
        do
        {
            await using var process = await _storage.StartAsync(TimeSpan.FromTicks(1), TimeSpan.FromHours(1));
            report = await process.Get<Collector>().RunAsync(explain: null, TimeSpan.Zero, asOf, CancellationToken.None);
            var keys = (await _storage.ListAsync()).Keys;
            left.Add((
                keys.Count(key => key.StartsWith("catalog ", StringComparison.Ordinal)),
                keys.Count(key => key.StartsWith("uploads ", StringComparison.Ordinal))));
            Assert.True(left.Count < 20);
        }
        while (!report.Complete);
        // Another process does not know that z is occupied, so it leaves the first name that it reads.
        Assert.Equal([252, 153, 54, 5], left.Select(each => each.Names).Distinct());
        Assert.Equal([4, 3, 2, 1], left.Select(each => each.Staged).Distinct());
        await _storage.CollectAllAsync();
        Assert.Equal(["z"], await NamesAsync());
    }

    /// <summary>A push that has read nothing yet has touched the row: its condition fails.</summary>
    [Fact]
    public async Task Repository_that_is_pushed_to_during_the_pass_stays()
    {
        await _storage.Client.PushImageAsync("kept", "v1", RandomBytes(10));
        var name = RepositoryName.Parse("pushed");
        await _storage.Registry.Get<CatalogStore>().AddAsync(name, CancellationToken.None);
        await using var other = await _storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        await using var proxy = await TableProxy.StartAsync(_storage.ConnectionString, async (request, forward) =>
        {
            if (request.Target.Contains("$batch", StringComparison.Ordinal)
                && Encoding.UTF8.GetString(request.Body).Contains("RowKey='pushed'", StringComparison.Ordinal))
            {
                await other.Get<CatalogStore>().AddAsync(name, CancellationToken.None);
            }
            return await forward();
        });
        await using var collecting = await _storage.StartAsync(
            TimeSpan.FromTicks(1), TimeSpan.FromTicks(1), options => options.Storage.ConnectionString = proxy.ConnectionString);
        var report = await _storage.CollectAsync(collecting);
        Assert.Equal(1, report.Count(CollectedKind.Name, Outcome.Changed));
        Assert.Equal(["kept", "pushed"], await NamesAsync());
    }

    /// <summary>The sweep reads manifests before tombstones, and a restore moves one from here to there: it touches the row.</summary>
    [Fact]
    public async Task Repository_whose_manifest_is_restored_during_the_sweep_stays()
    {
        await _storage.Client.PushImageAsync("a", "v1", RandomBytes(10));
        var deleted = DigestOf(await _storage.Client.PushImageAsync("restored", "v1", RandomBytes(10)));
        (await _storage.Client.DeleteAsync($"/v2/restored/manifests/{deleted}")).Dispose();
        await using var other = await _storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1));
        var restores = 0;
        await using var proxy = await TableProxy.StartAsync(_storage.ConnectionString, async (request, forward) =>
        {
            if (request.Target.Contains("'restored'", StringComparison.Ordinal) && request.Target.Contains("'x:'", StringComparison.Ordinal)
                && restores++ == 0)
            {
                using var restored = await other.Client.PostAsync($"/v2/restored/_registry/deleted/manifests/{deleted}", null);
                restored.EnsureSuccessStatusCode();
            }
            return await forward();
        });
        await using var sweeping = await _storage.StartAsync(
            TimeSpan.FromHours(1), TimeSpan.FromHours(1), options => options.Storage.ConnectionString = proxy.ConnectionString);
        // Of a process that resumes the pass, so that it does not know what the sweep over repositories has found.
        var account = sweeping.Get<StorageAccount>();
        var report = new CollectionReport(await _storage.AfterAllWritesAsync() + TimeSpan.FromHours(2), dryRun: false);
        await foreach (var _ in new CatalogSweep(new PassContext(account, report, explain: null)).RunAsync(null, CancellationToken.None))
        {
            // Checkpoints.
        }
        Assert.Equal((1, 1), (restores, report.Count(CollectedKind.Name, Outcome.Changed)));
        Assert.Equal(["a", "restored"], await NamesAsync());
    }

    /// <summary>A process relies on a row that it has touched for a quarter of the grace period, then touches it again.</summary>
    [Fact]
    public async Task Push_touches_the_row_again_when_the_cache_is_old()
    {
        await using var brief = await _storage.StartAsync(TimeSpan.FromSeconds(4), TimeSpan.FromHours(1));
        var manifest = await brief.Client.PushImageAsync("busy", "v1", RandomBytes(10));
        var before = await TouchedAsync("busy");
        (await brief.Client.PutManifestAsync("busy", "v2", manifest)).Dispose();
        Assert.Equal(before, await TouchedAsync("busy"));
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        (await brief.Client.PutManifestAsync("busy", "v3", manifest)).Dispose();
        Assert.NotEqual(before, await TouchedAsync("busy"));
    }

    /// <summary>Where everything was deleted, the names say so until nothing is left.</summary>
    [Fact]
    public async Task Registry_in_which_everything_is_deleted_is_emptied_at_last()
    {
        var manifest = await _storage.Client.PushImageAsync("all", "v1", RandomBytes(10));
        (await _storage.Client.DeleteAsync($"/v2/all/manifests/{DigestOf(manifest)}")).Dispose();
        for (var pass = 0; pass < 8; pass++) await _storage.CollectAsync();
        Assert.Empty(await _storage.ListAsync());
    }

    async Task<string?> TouchedAsync(string name) =>
        (await _storage.Registry.Get<StorageAccount>().Catalog.ReadAsync(name, null, CancellationToken.None))?.ETag.ToString();

    async Task<IEnumerable<string>> NamesAsync() =>
        (await _storage.Client.GetJsonAsync("/v2/_catalog"))["repositories"]!.AsArray().Select(name => (string)name!);
}
