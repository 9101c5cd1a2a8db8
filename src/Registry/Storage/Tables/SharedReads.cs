namespace Registry.Storage;

/// <summary>
/// Reads of the same thing that are asked for at the same time share a request: one is under way, and all who come meanwhile wait for the
/// next one together.
/// </summary>
/// <remarks>
/// Nobody takes the answer of a read that was under way when he came: it may be older than his question, such as a push that was
/// acknowledged since. So an answer is never staler than that of a read of one's own, on any host, and a herd costs two reads at a time.
/// </remarks>
/// <typeparam name="TKey">What is read: equal keys are the same read.</typeparam>
/// <typeparam name="TResult">The answer, which its receivers share and must not change.</typeparam>
/// <param name="shared">Called for each read that needed no request of its own.</param>
sealed class SharedReads<TKey, TResult>(Action shared)
    where TKey : notnull
{
    /// <summary>A read that takes longer fails, since others wait behind it.</summary>
    static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(30);

    readonly Lock _lock = new();
    readonly Dictionary<TKey, Line> _lines = [];

    /// <summary>Reads, or waits for the next read of the same thing.</summary>
    /// <param name="key">What is read.</param>
    /// <param name="read">Reads it. The token is not that of a request, since others may wait for the answer, too.</param>
    /// <param name="cancellationToken">Ends the wait, and not the read.</param>
    public Task<TResult> ReadAsync(TKey key, Func<CancellationToken, Task<TResult>> read, CancellationToken cancellationToken)
    {
        Flight flight;
        var (isFirst, isShared) = (false, false);
        lock (_lock)
        {
            if (!_lines.TryGetValue(key, out var line))
            {
                _lines.Add(key, new Line());
                (flight, isFirst) = (new Flight(read, null), true);
            }
            else
            {
                isShared = line.Next is not null;
                flight = line.Next ??= new Flight(read, ExecutionContext.Capture());
            }
        }
        if (isShared) shared();
        if (isFirst) _ = RunAsync(key, flight);
        return cancellationToken.CanBeCanceled ? flight.Task.WaitAsync(cancellationToken) : flight.Task;
    }

    /// <summary>Reads, and then begins the read of those who came meanwhile.</summary>
    async Task RunAsync(TKey key, Flight flight)
    {
        using (var patience = new CancellationTokenSource(s_timeout))
        {
            try
            {
                flight.SetResult(await flight.Read(patience.Token));
            }
            catch (Exception e)
            {
                // For all who wait for it; each maps it to an answer of its own.
                flight.SetException(e);
            }
        }
        Flight? next;
        lock (_lock)
        {
            var line = _lines[key];
            (next, line.Next) = (line.Next, null);
            if (next is null) _lines.Remove(key);
        }
        if (next is null) return;
        if (next.Context is { } context) ExecutionContext.Run(context, _ => _ = RunAsync(key, next), null);
        else _ = RunAsync(key, next);
    }

    /// <summary>The reads of one thing: one is under way.</summary>
    sealed class Line
    {
        /// <summary>The read that begins after that; null when nobody waits for it.</summary>
        public Flight? Next { get; set; }
    }

    /// <summary>One read.</summary>
    /// <param name="read">Reads.</param>
    /// <param name="context">The context, such as the trace, of the first who waits for it; null for that of the caller.</param>
    sealed class Flight(Func<CancellationToken, Task<TResult>> read, ExecutionContext? context)
        : TaskCompletionSource<TResult>(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public Func<CancellationToken, Task<TResult>> Read => read;

        public ExecutionContext? Context => context;
    }
}
