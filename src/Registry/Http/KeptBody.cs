using System.Buffers;

namespace Registry.Http;

/// <summary>A body that is kept in memory, until this is disposed; or the error that ended it.</summary>
sealed class KeptBody : IDisposable
{
    const int FirstSegment = 4 * 1024;

    /// <summary>Pooled, and below the size of large objects, of which the garbage collector would let many pile up.</summary>
    const int Segment = 64 * 1024;

    readonly BodyBudget _budget;
    readonly CancellationTokenSource _ended;
    readonly List<byte[]> _segments = [];
    int _taken;
    bool _gaveWay;

    KeptBody(BodyBudget budget, TimeProvider time, TimeSpan timeout)
    {
        (_budget, Start) = (budget, time.GetTimestamp());
        _ended = new CancellationTokenSource(timeout, time);
    }

    /// <summary>When it began, by the clock of <see cref="TimeProvider.GetTimestamp"/>.</summary>
    public long Start { get; }

    public RegistryError? Error { get; private set; }

    public byte[] Content { get; private set; } = [];

    /// <summary>Receives a body. Memory is taken as bytes arrive, whatever length the client states.</summary>
    public static async Task<KeptBody> ReceiveAsync(
        Stream source, long? length, BodyLimits limits, TimeProvider time, CancellationToken cancellationToken)
    {
        var body = new KeptBody(limits.Budget, time, limits.Timeout);
        limits.Budget.Begin(body);
        try
        {
            using var linked = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, body._ended.Token);
            body.Error = length > limits.Size ? limits.TooLarge : await body.FillAsync(source, limits, linked.Token);
            return body;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            body.Error = body._gaveWay ? RegistryError.BodiesBusy() : RegistryError.BodyTooSlow();
            return body;
        }
        catch
        {
            body.Dispose();
            throw;
        }
        finally
        {
            limits.Budget.End(body);
            if (body.Error is not null) body.Release();
        }
    }

    /// <summary>Ends the reading, so that its memory is free for another body. Callbacks run on another thread.</summary>
    public void GiveWay()
    {
        _gaveWay = true;
        _ = _ended.CancelAsync();
    }

    public void Dispose() => Release();

    async Task<RegistryError?> FillAsync(Stream source, BodyLimits limits, CancellationToken cancellationToken)
    {
        // An empty read completes when data arrives: a client that has not begun to send takes no memory.
        _ = await source.ReadAsync(Memory<byte>.Empty, cancellationToken);
        var (free, length) = (Memory<byte>.Empty, 0);
        while (true)
        {
            if (free.IsEmpty)
            {
                var size = _segments.Count == 0 ? FirstSegment : Segment;
                if (!await TakeAsync(size, cancellationToken)) return RegistryError.BodiesBusy();
                _segments.Add(ArrayPool<byte>.Shared.Rent(size));
                free = _segments[^1].AsMemory(0, size);
            }
            var read = await source.ReadAsync(free, cancellationToken);
            if (read == 0) break;
            (free, length) = (free[read..], length + read);
            if (length > limits.Size) return limits.TooLarge;
        }
        var taken = _taken;
        if (!await TakeAsync(length, cancellationToken)) return RegistryError.BodiesBusy();
        Content = Join(length);
        ReturnSegments(taken);
        return null;
    }

    async ValueTask<bool> TakeAsync(int bytes, CancellationToken cancellationToken)
    {
        if (!await _budget.TakeAsync(this, bytes, cancellationToken)) return false;
        _taken += bytes;
        return true;
    }

    byte[] Join(int length)
    {
        var joined = GC.AllocateUninitializedArray<byte>(length);
        var rest = joined.AsSpan();
        foreach (var segment in _segments)
        {
            var part = Math.Min(rest.Length, _segments[0] == segment ? FirstSegment : Segment);
            segment.AsSpan(0, part).CopyTo(rest);
            rest = rest[part..];
        }
        return joined;
    }

    void Release()
    {
        ReturnSegments(_taken);
        _ended.Dispose();
    }

    void ReturnSegments(int taken)
    {
        foreach (var segment in _segments) ArrayPool<byte>.Shared.Return(segment);
        _segments.Clear();
        _budget.Return(taken);
        _taken -= taken;
    }
}
