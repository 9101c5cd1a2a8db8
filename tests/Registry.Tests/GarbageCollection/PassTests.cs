using Azure.Data.Tables;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Registry.GarbageCollection;
using Registry.Server;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>Passes: begun, stopped, resumed, listed; and their cost.</summary>
public sealed class PassTests(IsolatedStorage storage) : IClassFixture<IsolatedStorage>, IAsyncLifetime
{
    static readonly string[] s_columns = ["MediaType", "Size", "Pushed", "References0", "Body0"];

    /// <summary>
    /// A pass of an earlier test may have begun later than now: tests can tell the collector a time. Such a pass would be the newest.
    /// </summary>
    public async Task InitializeAsync()
    {
        var newest = await storage.Registry.Get<Collector>().ListAsync(1, CancellationToken.None) is [var report] ? report.Began : default;
        while ((await storage.Registry.Get<StorageAccount>().Collections.ReadWithTimeAsync("now", CancellationToken.None)).Now <= newest)
            await Task.Delay(100);
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Stopped_pass_is_resumed_at_its_checkpoint()
    {
        var names = Enumerable.Range(0, 6).Select(i => $"pass/r{i}").ToArray();
        foreach (var name in names) await storage.Client.PushBlobAsync(name, RandomBytes(100));
        using var stop = new CancellationTokenSource();
        var swept = new List<string>();
        var first = await storage.Registry.Get<Collector>().RunAsync(Tell, timeLimit: TimeSpan.FromHours(1), stop.Token);
        Assert.False(first.Complete);
        Assert.NotNull(first.StopReason);

        // Another process, for which the lease has timed out.
        await using var other = await StartWithoutLeaseAsync();
        await Task.Delay(1100);
        var second = await other.Get<Collector>().RunAsync(Tell, timeLimit: null, CancellationToken.None);
        Assert.True(second.Complete);
        Assert.Equal(first.Began, second.Began);
        Assert.True(second.Worked > first.Worked);
        Assert.Equal(names, swept.Distinct());
        // The repository in which it stopped is swept again, the others are not.
        Assert.InRange(swept.Count, 6, 7);

        void Tell(CollectionDecision decision)
        {
            if (decision.Kind != CollectedKind.Repository) return;
            swept.Add(decision.Place);
            if (swept.Count == 3) stop.Cancel();
        }
    }

    [Fact]
    public async Task Host_collects_when_a_pass_is_due_and_no_other_process_has_the_lease()
    {
        await using var hourly = await storage.StartAsync(TimeSpan.FromHours(1),
            TimeSpan.FromHours(1), options => options.Collection.Interval = TimeSpan.FromHours(1));
        await using var never = await storage.StartAsync(TimeSpan.FromHours(1),
            TimeSpan.FromHours(1), options => options.Collection.Enabled = false);
        await using var always = await storage.StartAsync(TimeSpan.FromHours(1),
            TimeSpan.FromHours(1), options => options.Collection.Interval = TimeSpan.FromTicks(1));
        var report = await hourly.Get<Collector>().RunAsync(explain: null, timeLimit: null, CancellationToken.None);
        Assert.True(report.Complete);
        Assert.Null(await hourly.Get<Collector>().RunDueAsync(share: 1, CancellationToken.None));
        Assert.Null(await never.Get<Collector>().RunDueAsync(share: 1, CancellationToken.None));
        await Task.Delay(1100);
        Assert.True((await always.Get<Collector>().RunDueAsync(share: 1, CancellationToken.None))!.Complete);

        // Another process works on this one.
        var log = new PassLog(always.Get<StorageAccount>(), TimeSpan.Zero);
        await log.BeginAsync(await log.ReadTimeAsync(CancellationToken.None), CancellationToken.None);
        Assert.Null(await always.Get<Collector>().RunDueAsync(share: 1, CancellationToken.None));
        await Task.Delay(1100);
        await using var other = await StartWithoutLeaseAsync();
        Assert.NotNull(await other.Get<Collector>().RunDueAsync(share: 1, CancellationToken.None));
    }

    [Fact]
    public async Task Server_collects_automatically_until_it_ends()
    {
        await using var registry = await storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1), options =>
        {
            options.Collection.Interval = TimeSpan.FromTicks(1);
            options.Collection.PollInterval = TimeSpan.FromMilliseconds(50);
            options.Collection.LeaseTimeout = TimeSpan.Zero;
        });
        var collector = registry.Get<Collector>();
        var before = await NewestAsync();
        using var schedule = new CollectionSchedule(collector,
            registry.Get<IOptions<RegistryOptions>>(), TimeProvider.System, NullLogger<CollectionSchedule>.Instance);
        await schedule.StartAsync(CancellationToken.None);
        for (var waited = 0; await NewestAsync() is not { Complete: true } newest || newest.Began == before?.Began; waited++)
        {
            Assert.True(waited < 600, "No pass was made within a minute.");
            await Task.Delay(100);
        }
        await schedule.StopAsync(CancellationToken.None);
        Assert.True(schedule.ExecuteTask!.IsCompletedSuccessfully);

        async Task<CollectionReport?> NewestAsync() => await collector.ListAsync(1, CancellationToken.None) is [var report] ? report : null;
    }

    [Fact]
    public async Task Process_that_lost_its_lease_stops()
    {
        await storage.Client.PushBlobAsync("taken/a", RandomBytes(100));
        var taken = false;
        var report = await storage.Registry.Get<Collector>().RunAsync(Tell, timeLimit: null, CancellationToken.None);
        Assert.False(report.Complete);
        Assert.Equal("another process has taken it over", report.StopReason);

        void Tell(CollectionDecision decision)
        {
            if (taken) return;
            taken = true;
            foreach (var row in Passes()) storage.Table("catalog").UpdateEntity(row, Azure.ETag.All);
        }
    }

    [Fact]
    public async Task Reports_are_listed_newest_first()
    {
        var collector = storage.Registry.Get<Collector>();
        await collector.RunAsync(explain: null, timeLimit: null, CancellationToken.None);
        await Task.Delay(1100);
        var last = await collector.RunAsync(explain: null, timeLimit: null, CancellationToken.None);
        var all = await collector.ListAsync(10, CancellationToken.None);
        Assert.Equal(last.Lines, all[0].Lines);
        Assert.Equal(last.Began, all[0].Began);
        Assert.True(all[0].Began > all[1].Began);
        Assert.True(all[0].Complete);
    }

    [Fact]
    public async Task Transactions_of_a_pass_grow_by_pages_not_by_rows()
    {
        var collector = storage.Registry.Get<Collector>();
        await using var other = new IsolatedStorage();
        await ((IAsyncLifetime)other).InitializeAsync();
        var manifest = await other.Client.PushImageAsync("cost/a", "v1", RandomBytes(10));
        var small = await CountAsync(other.Registry);
        var table = other.Table("repositories");
        var row = (await table.GetEntityAsync<TableEntity>("cost:a", $"m:{DigestOf(manifest)}")).Value;
        foreach (var chunk in Enumerable.Range(0, 1500).Chunk(100))
        {
            await table.SubmitTransactionAsync(chunk.Select(i =>
            {
                var copy = new TableEntity("cost:a", $"m:{DigestOf(BitConverter.GetBytes(i))}");
                foreach (var column in s_columns) copy[column] = row[column];
                return new TableTransactionAction(TableTransactionActionType.Add, copy);
            }));
        }
        // One more page of manifests to mark, and one to check whether use rows have lost theirs.
        Assert.InRange(await CountAsync(other.Registry), small, small + 2);

        async Task<long> CountAsync(TestRegistry registry)
        {
            var before = registry.Transactions;
            await registry.Get<Collector>().RunAsync(explain: null, timeLimit: null, CancellationToken.None);
            return registry.Transactions - before;
        }
    }

    Azure.Pageable<TableEntity> Passes() => storage.Table("catalog").Query<TableEntity>(row => row.PartitionKey == "collections");

    /// <summary>A registry for which every lease has timed out.</summary>
    Task<TestRegistry> StartWithoutLeaseAsync() => storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1), options =>
    {
        options.Collection.Interval = TimeSpan.FromTicks(1);
        options.Collection.LeaseTimeout = TimeSpan.Zero;
    });
}
