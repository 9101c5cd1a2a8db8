using System.Net;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Registry.GarbageCollection;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>What a pass measures, and what owners can read of it.</summary>
public class UsageTests(IsolatedStorage storage) : IClassFixture<IsolatedStorage>
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => storage.Client;

    [Fact]
    public async Task Pass_measures_a_repository()
    {
        var other = TestRegistry.NewName();
        var (shared, own) = (RandomBytes(1000), RandomBytes(300));
        await Client.PushImageAsync(_name, "v1", shared, own);
        await Client.PushImageAsync(other, "v1", shared, RandomBytes(1));
        Assert.Null((await UsageAsync())["measured"]);
        using (var pulled = await Client.GetAsync($"/v2/{_name}/manifests/v1")) pulled.EnsureSuccessStatusCode();
        await storage.Registry.Get<Registry.Storage.PullRecords>().WriteAsync(CancellationToken.None);
        var report = await CollectWithGraceAsync();

        var usage = await UsageAsync();
        var config = Image()["config"]!["size"]!.GetValue<int>();
        // Every test image has the same config.
        Assert.Equal((1, 1300 + config, 300, 0, 0), Figures(usage));
        Assert.Equal(report.Began, (DateTimeOffset)usage["measured"]!);
        Assert.Equal(DateTimeOffset.UtcNow, (DateTimeOffset)usage["lastPushed"]!, TimeSpan.FromMinutes(5));
        Assert.Contains((string?)usage["lastPulled"], new[] { $"{report.Began:yyyy-MM-dd}", $"{report.Began.AddMinutes(-5):yyyy-MM-dd}" });
        var point = Assert.Single(usage["history"]!.AsArray())!;
        Assert.Equal(($"{report.Began:yyyy-MM-dd}", 1300 + config, 1),
            ((string?)point["day"], (int)point["bytes"]!, (int)point["manifests"]!));
    }

    [Fact]
    public async Task Garbage_and_restorable_content_are_counted_separately()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(1000));
        var deleted = await Client.PushImageAsync(_name, "v2", RandomBytes(300));
        await Client.PushBlobAsync(_name, RandomBytes(50));
        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(deleted)}")).EnsureSuccessStatusCode();
        var first = await CollectWithGraceAsync();
        Assert.Equal((1, 50, 300), Garbage(await UsageAsync()));
        // A later pass on the same day replaces that day's point, with the same result.
        var second = await CollectWithGraceAsync();
        var usage = await UsageAsync();
        Assert.Equal((1, 50, 300), Garbage(usage));
        Assert.Equal(new[] { first, second }.Select(report => $"{report.Began:yyyy-MM-dd}").Distinct(),
            usage["history"]!.AsArray().Select(point => (string?)point!["day"]));

        static (int, int, int) Garbage(JsonNode usage) => ((int)usage["manifests"]!,
            (int)usage["unreferencedBytes"]!, (int)usage["restorableBytes"]!);
    }

    [Fact]
    public async Task Dry_run_records_nothing()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await storage.Registry.Get<Collector>().DryRunAsync(explain: null, CancellationToken.None);
        Assert.Null((await UsageAsync())["measured"]);
    }

    [Fact]
    public async Task Usage_of_an_empty_repository_is_removed()
    {
        await using var own = new IsolatedStorage();
        await ((IAsyncLifetime)own).InitializeAsync();
        await own.Client.PushBlobAsync(_name, RandomBytes(10));
        await own.CollectAsync(own.Registry);
        Assert.Equal(10, (int)Assert.Single(await ListAsync())!["bytes"]!);
        await own.CollectAllAsync();
        // It references nothing any more; the previous figures are kept for one more pass.
        while (await ListAsync() is [{ } item])
        {
            Assert.Equal(0, (int)item["bytes"]!);
            await own.CollectAsync();
        }

        async Task<JsonArray> ListAsync() => (await own.Client.GetJsonAsync("/v2/_registry/usage/list"))["repositories"]!.AsArray();
    }

    /// <summary>An owner that no longer links the blob is kept while it is young, and is charged no bytes.</summary>
    [Fact]
    public async Task Own_bytes_never_exceed_linked_bytes()
    {
        var blob = RandomBytes(5000);
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await Client.PushBlobAsync(_name, blob);
        (await Client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(blob)}")).EnsureSuccessStatusCode();
        await CollectWithGraceAsync();
        var usage = await UsageAsync();
        Assert.InRange((int)usage["uniqueBytes"]!, 10, (int)usage["bytes"]!);
    }

    [Fact]
    public async Task Resumed_pass_counts_everything()
    {
        await using var own = new IsolatedStorage();
        await ((IAsyncLifetime)own).InitializeAsync();
        await Parallel.ForAsync(0, 450, new ParallelOptions { MaxDegreeOfParallelism = 8 },
            async (i, _) => await own.Client.PostBlobAsync(_name, BitConverter.GetBytes(i)));
        await own.Client.PushImageAsync(_name, "v1", RandomBytes(10));
        var asOf = await own.AfterAllWritesAsync();
        var turns = 0;
        CollectionReport report;
        do
        {
            report = await own.Registry.Get<Collector>().RunAsync(explain: null, TimeSpan.Zero, asOf, CancellationToken.None);
            turns++;
        }
        while (!report.Complete);
        Assert.InRange(turns, 3, 10);
        var usage = await own.Client.GetJsonAsync($"/v2/{_name}/_registry/usage/latest");
        Assert.Equal(((450 * 4) + 10 + 2, (450 * 4) + 10 + 2), ((int)usage["bytes"]!, (int)usage["uniqueBytes"]!));
    }

    [Fact]
    public async Task Unreadable_past_figures_cause_no_failure()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await CollectWithGraceAsync();
        var row = (await storage.Table("catalog").GetEntityAsync<TableEntity>("usage", _name.Replace('/', ':'))).Value;
        row["History"] = "2026-11-24 1\nnonsense\n2026-11-23 7 1";
        await storage.Table("catalog").UpdateEntityAsync(row, Azure.ETag.All);
        Assert.Equal(7, (int)Assert.Single((await UsageAsync())["history"]!.AsArray())!["bytes"]!);
        Assert.True((await CollectWithGraceAsync()).Complete);
        Assert.Equal(2, (await UsageAsync())["history"]!.AsArray().Count);
    }

    [Fact]
    public async Task Usage_is_listed_with_one_transaction_per_page()
    {
        var names = Enumerable.Range(0, 5).Select(i => $"{_name}/{i}").ToList();
        foreach (var name in names) await Client.PushImageAsync(name, "v1", RandomBytes(10));
        await CollectWithGraceAsync();
        var before = storage.Registry.Transactions;
        using var answer = await Client.GetAsync($"/v2/_registry/usage/list?n=3&last={_name}");
        Assert.Equal(1, storage.Registry.Transactions - before);
        Assert.Equal(names[..3], Names(JsonNode.Parse(await answer.Content.ReadAsStringAsync())!));
        var next = Assert.Single(answer.Headers.GetValues("Link"));
        Assert.Equal($"</v2/_registry/usage/list?n=3&last={Uri.EscapeDataString(names[2])}>; rel=\"next\"", next);
        Assert.Equal(names[3..], Names(await Client.GetJsonAsync(next[1..next.IndexOf('>', StringComparison.Ordinal)])).Take(2));

        before = storage.Registry.Transactions;
        await UsageAsync(names[0]);
        Assert.Equal(1, storage.Registry.Transactions - before);

        static IEnumerable<string?> Names(JsonNode list) => list["repositories"]!.AsArray().Select(item => (string?)item!["name"]);
    }

    [Fact]
    public async Task Passes_are_listed_with_their_results()
    {
        var report = await CollectWithGraceAsync();
        var before = storage.Registry.Transactions;
        var list = await Client.GetJsonAsync("/v2/_registry/collections/list");
        Assert.Equal(1, storage.Registry.Transactions - before);
        var newest = list["collections"]![0]!;
        Assert.Equal((report.Began, true, report.FreedBytes, report.StoredBytes),
            ((DateTimeOffset)newest["began"]!, (bool)newest["complete"]!, (long)newest["freedBytes"]!, (long)newest["storedBytes"]!));
        Assert.Equal(report.Lines.Count, newest["lines"]!.AsArray().Count);
    }

    [Fact]
    public async Task Figures_of_an_unknown_repository_are_404()
    {
        using var answer = await Client.GetAsync($"/v2/{_name}/_registry/usage/latest");
        await answer.AssertErrorAsync(HttpStatusCode.NotFound, "NAME_UNKNOWN");
    }

    [Fact]
    public async Task Each_owner_sees_the_usage_of_its_own_repositories()
    {
        var (mine, others) = ($"{_name}/mine", $"{_name}/others");
        await using var registry = await storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1), options => options.Policy = $$"""
            { "rules": [
              { "name": "mine", "subjects": [{ "anonymous": true }], "repositories": ["{{mine}}"], "actions": ["admin"] },
              { "name": "others", "subjects": [{ "anonymous": true }], "repositories": ["{{others}}"],
                "actions": ["pull", "push", "delete", "list"] }] }
            """);
        await registry.Client.PushImageAsync(mine, "v1", RandomBytes(10));
        await registry.Client.PushImageAsync(others, "v1", RandomBytes(10));
        await CollectWithGraceAsync();
        var list = await registry.Client.GetJsonAsync("/v2/_registry/usage/list");
        Assert.Equal(mine, (string?)Assert.Single(list["repositories"]!.AsArray())!["name"]);
        using var refused = await registry.Client.GetAsync($"/v2/{others}/_registry/usage/latest");
        await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        using var passes = await registry.Client.GetAsync("/v2/_registry/collections/list");
        await passes.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
    }

    static (int Manifests, int Bytes, int Unique, int Unreferenced, int Restorable) Figures(JsonNode usage) =>
        ((int)usage["manifests"]!, (int)usage["bytes"]!, (int)usage["uniqueBytes"]!,
            (int)usage["unreferencedBytes"]!, (int)usage["restorableBytes"]!);

    Task<JsonNode> UsageAsync(string? name = null) => Client.GetJsonAsync($"/v2/{name ?? _name}/_registry/usage/latest");

    /// <summary>With a grace period: nothing is removed.</summary>
    Task<CollectionReport> CollectWithGraceAsync() => storage.CollectAsync(storage.Registry);
}
