using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>Identical reads share requests, and no answer is older than its question.</summary>
public sealed class SharedReadsTests
{
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task All_who_come_while_a_read_is_under_way_share_the_next()
    {
        var (shared, begun) = (0, new ConcurrentQueue<TaskCompletionSource<int>>());
        var reads = new SharedReads<string, int>(() => Interlocked.Increment(ref shared));
        var first = Read("a");
        var late = Enumerable.Range(0, 100).Select(_ => Read("a")).ToArray();
        var other = Read("b");
        Assert.Equal(2, begun.Count);

        Next().SetResult(1);
        Assert.Equal(1, await first);
        Assert.All(late, task => Assert.False(task.IsCompleted));
        Next().SetResult(2);
        Assert.Equal(2, await other);
        (await WaitAsync()).SetResult(3);
        Assert.All(await Task.WhenAll(late), answer => Assert.Equal(3, answer));
        Assert.Equal(99, shared);

        // Nobody waits: the next one reads for himself, and at once.
        var alone = Read("a");
        Next().SetResult(4);
        Assert.Equal(4, await alone);

        Task<int> Read(string key) => reads.ReadAsync(
            key,
            _ =>
            {
                var answer = new TaskCompletionSource<int>(TaskCreationOptions.RunContinuationsAsynchronously);
                begun.Enqueue(answer);
                return answer.Task;
            },
            CancellationToken.None);

        TaskCompletionSource<int> Next() => begun.TryDequeue(out var next) ? next : throw new InvalidOperationException("No read began.");

        async Task<TaskCompletionSource<int>> WaitAsync()
        {
            for (var i = 0; begun.IsEmpty && i < 1000; i++) await Task.Delay(5);
            return Next();
        }
    }

    [Fact]
    public async Task A_client_that_leaves_and_a_read_that_fails_concern_nobody_else()
    {
        var reads = new SharedReads<int, int>(() => { });
        var answer = new TaskCompletionSource<int>();
        using var leaving = new CancellationTokenSource();
        var first = reads.ReadAsync(0, _ => answer.Task, leaving.Token);
        var next = reads.ReadAsync(0, _ => Task.FromResult(2), CancellationToken.None);
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        answer.SetException(new IOException());
        Assert.Equal(2, await next);
        await Assert.ThrowsAsync<IOException>(() => reads.ReadAsync(0, _ => throw new IOException(), CancellationToken.None));
        Assert.Equal(3, await reads.ReadAsync(0, _ => Task.FromResult(3), CancellationToken.None));
    }

    /// <summary>A herd of requests for the same things: every kind of read that clients pull with.</summary>
    [Fact]
    public async Task A_herd_costs_a_few_transactions()
    {
        await using var tables = await LateAnswersAsync(20);
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = tables.ConnectionString);
        var layer = RandomBytes(10);
        var manifest = await registry.Client.PushImageAsync(_name, "v1", layer);
        foreach (var (method, path) in new[]
        {
            ("GET", "manifests/v1"), ("HEAD", "manifests/v1"), ("GET", $"manifests/{DigestOf(manifest)}"),
            ("HEAD", $"blobs/{DigestOf(layer)}"), ("GET", "tags/list"), ("GET", $"referrers/{DigestOf(manifest)}"),
        })
        {
            var before = registry.Transactions;
            await Task.WhenAll(Enumerable.Range(0, 200).Select(async _ =>
            {
                using var answer = await registry.Client.SendAsync(new(new(method), $"/v2/{_name}/{path}"));
                Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            }));
            Assert.InRange(registry.Transactions - before, 2, 100);
        }
    }

    /// <summary>
    /// A tag moves while many read it through two hosts, and the storage answers late. Each answer is a value that the tag had between the
    /// question and the answer.
    /// </summary>
    [Fact]
    public async Task Readers_of_a_tag_that_moves_see_no_value_of_before_their_question()
    {
        await using var tables = await LateAnswersAsync(10);
        await using var one = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = tables.ConnectionString);
        await using var two = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = tables.ConnectionString);
        await one.Client.PostBlobAsync(_name, "{}"u8.ToArray());
        var layer = RandomBytes(10);
        await one.Client.PostBlobAsync(_name, layer);
        var writes = new List<(string Digest, long From, long To)>();
        await MoveAsync(0);
        using var enough = new CancellationTokenSource();
        var readers = Enumerable.Range(0, 24).Select(async i =>
        {
            var seen = new List<(string Digest, long From, long To)>();
            while (!enough.IsCancellationRequested)
            {
                var from = Stopwatch.GetTimestamp();
                using var answer = await (i % 2 == 0 ? one : two).Client.SendAsync(
                    new(i % 3 == 0 ? HttpMethod.Head : HttpMethod.Get, $"/v2/{_name}/manifests/v1"));
                seen.Add((answer.Headers.GetValues("Docker-Content-Digest").Single(), from, Stopwatch.GetTimestamp()));
            }
            return seen;
        }).ToArray();
        for (var i = 1; i < 40; i++) await MoveAsync(i);
        await enough.CancelAsync();
        foreach (var (digest, from, to) in (await Task.WhenAll(readers)).SelectMany(seen => seen))
        {
            var write = writes.FindIndex(write => write.Digest == digest);
            Assert.True(writes[write].From <= to, "An answer from the future.");
            if (write + 1 == writes.Count) continue;
            Assert.True(writes[write + 1].To >= from, $"Write {write + 1} was acknowledged before the question.");
        }

        async Task MoveAsync(int i)
        {
            var image = Image(layer);
            image["annotations"] = new System.Text.Json.Nodes.JsonObject { ["n"] = $"{i}" };
            var (manifest, from) = (image.ToBytes(), Stopwatch.GetTimestamp());
            using var put = await (i % 2 == 0 ? one : two).Client.PutManifestAsync(_name, "v1", manifest);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
            writes.Add((DigestOf(manifest), from, Stopwatch.GetTimestamp()));
        }
    }

    /// <summary>The tables of the shared Azurite; answers to reads take some milliseconds to arrive.</summary>
    static async Task<TableProxy> LateAnswersAsync(int milliseconds) => await TableProxy.StartAsync(
        await SharedAzurite.GetConnectionStringAsync(),
        async (request, forward) =>
        {
            var answer = await forward();
            if (request.Method == "GET") await Task.Delay(Random.Shared.Next(milliseconds / 2, milliseconds * 2));
            return answer;
        });
}
