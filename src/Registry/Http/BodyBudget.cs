namespace Registry.Http;

/// <summary>
/// Memory that the bodies of one kind share, over all requests of the process. When it is spent, the body that began first gives way
/// to a new one: a client that sends takes far less than <see cref="s_undisturbed"/>, one that holds memory and is silent takes more.
/// </summary>
/// <param name="capacity">Bytes that can be kept at a time.</param>
/// <param name="time">Clock.</param>
sealed class BodyBudget(long capacity, TimeProvider time)
{
    /// <summary>For this long from its beginning a body need not give way.</summary>
    static readonly TimeSpan s_undisturbed = TimeSpan.FromSeconds(1);

    /// <summary>How long a body waits for memory that others hold.</summary>
    static readonly TimeSpan s_wait = TimeSpan.FromSeconds(10);

    static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(20);

    readonly Lock _lock = new();

    /// <summary>The bodies that are being received, in the order in which they began.</summary>
    readonly LinkedList<KeptBody> _receiving = new();

    long _used;

    /// <summary>Bytes in use, for tests.</summary>
    internal long Used => Interlocked.Read(ref _used);

    public void Begin(KeptBody body)
    {
        lock (_lock) _receiving.AddLast(body);
    }

    /// <summary>The body has arrived: it is about to be processed and no longer gives way.</summary>
    public void End(KeptBody body)
    {
        lock (_lock) _receiving.Remove(body);
    }

    public void Return(int bytes) => Interlocked.Add(ref _used, -bytes);

    /// <summary>Takes memory for a body, after a wait if need be.</summary>
    /// <returns>Whether there was memory.</returns>
    public async ValueTask<bool> TakeAsync(KeptBody body, int bytes, CancellationToken cancellationToken)
    {
        var start = time.GetTimestamp();
        while (!TryTake(body, bytes))
        {
            if (time.GetElapsedTime(start) >= s_wait) return false;
            await Task.Delay(s_poll, time, cancellationToken);
        }
        return true;
    }

    bool TryTake(KeptBody body, int bytes)
    {
        lock (_lock)
        {
            if (Interlocked.Add(ref _used, bytes) <= capacity) return true;
            Interlocked.Add(ref _used, -bytes);
            if (_receiving.First?.Value is { } first && first != body && time.GetElapsedTime(first.Start) >= s_undisturbed)
            {
                _receiving.RemoveFirst();
                first.GiveWay();
            }
            return false;
        }
    }
}
