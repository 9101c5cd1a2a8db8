using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.GarbageCollection;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.GarbageCollection;

/// <summary>A pass uses no more than its share of the time.</summary>
public class ThrottleTests
{
    [Theory]
    [InlineData(0.25, 100, 300)]
    [InlineData(0.5, 100, 100)]
    [InlineData(0.1, 10, 90)]
    // However slow the storage is.
    [InlineData(0.25, 60_000, 60_000)]
    public async Task Pause_follows_from_the_share_of_the_time(double share, int worked, int rest)
    {
        var clock = new Clock();
        var throttle = new Throttle(share, clock);
        for (var page = 0; page < 3; page++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(worked));
            await throttle.PauseAsync(CancellationToken.None);
        }
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromMilliseconds(rest), 3), clock.Rests);
    }

    [Fact]
    public async Task Pass_with_all_the_time_never_pauses()
    {
        var clock = new Clock();
        var throttle = new Throttle(1, clock);
        clock.Advance(TimeSpan.FromSeconds(1));
        await throttle.PauseAsync(CancellationToken.None);
        Assert.Empty(clock.Rests);
    }

    /// <summary>A server's passes pause, those of the command do not.</summary>
    [Fact]
    public async Task Pass_with_a_share_pauses_after_each_page()
    {
        await using var storage = new IsolatedStorage();
        await ((IAsyncLifetime)storage).InitializeAsync();
        await storage.Client.PushImageAsync(TestRegistry.NewName(), "v1", OciContent.RandomBytes(10));
        var clock = new Clock { Goes = TimeSpan.FromMilliseconds(10) };
        var registry = storage.Registry;
        var collector = new Collector(
            registry.Get<StorageAccount>(), registry.Get<ManifestDeleter>(),
                registry.Get<PolicySource>(), registry.Get<IOptions<RegistryOptions>>(), clock, NullLogger<Collector>.Instance);
        Assert.True((await collector.RunAsync(explain: null, timeLimit: null, CancellationToken.None)).Complete);
        Assert.Empty(clock.Rests);
        await Task.Delay(TimeSpan.FromSeconds(1.1));
        // Due: the only pass so far is the one above, which no schedule started and which began a moment ago.
        registry.Get<IOptions<RegistryOptions>>().Value.Collection.Interval = TimeSpan.FromTicks(1);
        Assert.True((await collector.RunDueAsync(0.5, CancellationToken.None))!.Complete);
        // At least for manifests, links and digests.
        Assert.True(clock.Rests.Count >= 3, $"{clock.Rests.Count} rests");
        Assert.All(clock.Rests, rest => Assert.Equal(clock.Goes, rest));
    }

    /// <summary>A clock that advances when set, when read, and when code waits.</summary>
    sealed class Clock : TimeProvider
    {
        long _now;

        public TimeSpan Goes { get; init; }

        public List<TimeSpan> Rests { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now += Goes.Ticks;

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Rests.Add(dueTime);
            Advance(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
