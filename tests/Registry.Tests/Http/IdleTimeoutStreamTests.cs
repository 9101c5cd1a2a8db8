using System.IO.Pipelines;
using Microsoft.AspNetCore.Http;
using Registry.Http;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>How long a client may be silent, by a clock that tests move. S4 (docs/design/hardening.md).</summary>
public sealed class IdleTimeoutStreamTests : IDisposable
{
    static readonly TimeSpan s_timeout = TimeSpan.FromMinutes(2);

    readonly Pipe _client = new();
    readonly ManualTime _time = new();
    readonly IdleTimeoutStream _stream;

    public IdleTimeoutStreamTests() => _stream = new(_client.Reader.AsStream(), s_timeout, _time, () => { });

    public void Dispose() => _stream.Dispose();

    /// <summary>An upload gives up a read to store what it has: that is no sign of the client.</summary>
    [Fact]
    public async Task Silence_continues_over_reads_that_their_caller_gave_up()
    {
        await GiveUpAsync(after: TimeSpan.FromSeconds(30));
        await GiveUpAsync(after: TimeSpan.FromSeconds(60));
        var last = _stream.ReadAsync(new byte[10]).AsTask();
        Assert.Equal([s_timeout, TimeSpan.FromSeconds(90), TimeSpan.FromSeconds(30)], _time.Due);
        _time.Fire();
        var error = await Assert.ThrowsAsync<BadHttpRequestException>(() => last);
        Assert.Equal(StatusCodes.Status408RequestTimeout, error.StatusCode);
    }

    [Fact]
    public async Task What_arrived_while_the_registry_did_not_read_is_read()
    {
        await GiveUpAsync(after: TimeSpan.FromMinutes(10));
        await _client.Writer.WriteAsync(new byte[5]);
        Assert.Equal(5, await _stream.ReadAsync(new byte[10]));
        await _client.Writer.WriteAsync(new byte[6]);
        Assert.Equal(6, await _stream.ReadAsync(new byte[10]));
        Assert.Equal([s_timeout, TimeSpan.FromSeconds(1), s_timeout], _time.Due);
    }

    async Task GiveUpAsync(TimeSpan after)
    {
        using var patience = new CancellationTokenSource();
        var read = _stream.ReadAsync(new byte[10], patience.Token).AsTask();
        _time.Advance(after);
        await patience.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => read);
    }

    /// <summary>Timers fire when the test says so.</summary>
    sealed class ManualTime : TimeProvider
    {
        long _now;
        Action _fire = () => { };

        public List<TimeSpan> Due { get; } = [];

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _now;

        public void Advance(TimeSpan time) => _now += time.Ticks;

        public void Fire() => _fire();

        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
        {
            Due.Add(dueTime);
            _fire = () => callback(state);
            return base.CreateTimer(callback, state, Timeout.InfiniteTimeSpan, period);
        }
    }
}
