using Registry.GarbageCollection;
using Xunit;

namespace Registry.Tests.GarbageCollection;

/// <summary>A pass takes no more than its share of the time.</summary>
public class PaceTests
{
    [Theory]
    [InlineData(0.25, 100, 300)]
    [InlineData(0.5, 100, 100)]
    [InlineData(0.1, 10, 90)]
    // However slow the storage is.
    [InlineData(0.25, 60_000, 5_000)]
    public async Task Rest_is_as_long_as_the_share_of_the_work_asks(double share, int worked, int rest)
    {
        var clock = new Clock();
        var pace = new Pace(share, clock);
        for (var page = 0; page < 3; page++)
        {
            clock.Advance(TimeSpan.FromMilliseconds(worked));
            await pace.RestAsync(CancellationToken.None);
        }
        Assert.Equal(Enumerable.Repeat(TimeSpan.FromMilliseconds(rest), 3), clock.Rests);
    }

    [Fact]
    public async Task A_pass_that_has_all_the_time_never_rests()
    {
        var clock = new Clock();
        var pace = new Pace(1, clock);
        clock.Advance(TimeSpan.FromSeconds(1));
        await pace.RestAsync(CancellationToken.None);
        Assert.Empty(clock.Rests);
    }

    /// <summary>Goes on when it is told to, and when somebody waits.</summary>
    sealed class Clock : TimeProvider
    {
        long _now;

        public List<TimeSpan> Rests { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Rests.Add(dueTime);
            Advance(dueTime);
            return System.CreateTimer(callback, state, TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }
}
