using System.Diagnostics;
using System.Net;
using System.Text;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Attacks;

/// <summary>Bodies that never end, many at a time: memory stays bounded, and others can push.</summary>
public class BodyAttackTests(ITestOutputHelper output)
{
    const int ManifestSize = 4 * 1024 * 1024;

    static readonly string s_policy = TestPolicies.AnonymousMay("pull", "push", "overwrite");

    // S2 (docs/design/hardening.md)
    [Theory]
    [InlineData(150, 31, 32_000)]
    [InlineData(300, 1, 60_000)]
    public async Task Forms_that_never_end_hold_little_memory_and_disturb_no_push(int connections, int fields, int size)
    {
        await using var server = await AttackedServer.StartAsync(s_policy, heapLimit: 256);
        await server.Client.PushImageAsync(TestRegistry.NewName(), "v1", OciContent.RandomBytes(1000));
        const string Head = "POST /v2/token HTTP/1.1\r\nHost: registry\r\nContent-Type: application/x-www-form-urlencoded\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n";
        await AttackAsync(server, connections, async connection =>
        {
            await connection.SendAsync(Head);
            for (var field = 0; field < fields; field++)
                if (!await connection.SendChunkAsync(Encoding.ASCII.GetBytes($"f{field}={new string('x', size)}&"))) return;
        }, largest: 240);
        // Forms of others find memory, too.
        using var form = new StringContent("grant_type=none", Encoding.ASCII, "application/x-www-form-urlencoded");
        using var answer = await server.Client.PostAsync("/v2/token", form);
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    // S3 (docs/design/hardening.md)
    [Theory]
    [InlineData("Content-Length: 4194304")]
    [InlineData("Transfer-Encoding: chunked")]
    public async Task Manifests_that_never_end_hold_little_memory_and_disturb_no_push(string framing)
    {
        await using var server = await AttackedServer.StartAsync(s_policy, heapLimit: 256);
        await server.Client.PushImageAsync(TestRegistry.NewName(), "v1", OciContent.RandomBytes(1000));
        var head = $"PUT /v2/attack/manifests/v1 HTTP/1.1\r\nHost: registry\r\nContent-Type: application/json\r\n{framing}\r\n\r\n";
        var unfinished = new byte[ManifestSize - 1];
        await AttackAsync(server, 120, async connection =>
        {
            await connection.SendAsync(head);
            if (framing.StartsWith("Content", StringComparison.Ordinal)) await connection.SendAsync(unfinished);
            else await connection.SendChunkAsync(unfinished);
        }, largest: 240);
    }

    /// <summary>A heap that is exhausted can end the process, and with it the requests of all.</summary>
    [Fact]
    public async Task Blobs_that_come_at_once_fit_into_a_small_heap()
    {
        await using var server = await AttackedServer.StartAsync(s_policy, heapLimit: 64);
        var blob = OciContent.RandomBytes(24 * 1024 * 1024);
        await Task.WhenAll(Enumerable.Range(0, 12).Select(_ => server.Client.PushBlobAsync(TestRegistry.NewName(), blob)));
    }

    /// <summary>Attacks on many connections, pushes meanwhile and after, and bounds memory and time.</summary>
    async Task AttackAsync(AttackedServer server, int count, Func<RawConnection, Task> send, int largest)
    {
        var before = server.Memory;
        var connections = Enumerable.Range(0, count).Select(_ => new RawConnection(server.Client.BaseAddress!)).ToList();
        try
        {
            var attack = Task.WhenAll(connections.Select(connection => Task.Run(() => send(connection))));
            var slowest = TimeSpan.Zero;
            for (var push = 0; push < 5; push++)
            {
                var watch = Stopwatch.StartNew();
                await server.Client.PushImageAsync(TestRegistry.NewName(), "v1", OciContent.RandomBytes(100_000));
                slowest = watch.Elapsed > slowest ? watch.Elapsed : slowest;
                await Task.Delay(500);
            }
            output.WriteLine($"{before} MiB before, {server.PeakMemory} MiB at most; slowest push {slowest.TotalSeconds:F1} s");
            Assert.InRange(server.PeakMemory, 0, largest);
            Assert.InRange(slowest, TimeSpan.Zero, TimeSpan.FromSeconds(15));
            Assert.DoesNotContain("OutOfMemory", server.Output, StringComparison.Ordinal);
            connections.ForEach(connection => connection.Dispose());
            await attack.WaitAsync(TimeSpan.FromSeconds(30)).ContinueWith(
                task => Assert.True(task.IsCompletedSuccessfully || task.Exception!.InnerException is ObjectDisposedException,
                    task.Exception?.ToString()), TaskScheduler.Default);
        }
        finally
        {
            connections.ForEach(connection => connection.Dispose());
        }
    }
}
