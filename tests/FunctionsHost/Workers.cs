namespace Registry.FunctionsHost;

/// <summary>Keeps one worker running: starts another when it crashes, and gives up after the third crash, as the real host does.</summary>
sealed class Workers : IAsyncDisposable
{
    const int MaxCrashes = 3;

    readonly Func<Worker> _start;
    readonly CancellationTokenSource _stopping = new();
    volatile TaskCompletionSource<Worker> _ready = NewSource();

    public Workers(Func<Worker> start)
    {
        _start = start;
        GivenUp = SuperviseAsync();
    }

    /// <summary>Completes when the worker has crashed too often.</summary>
    public Task GivenUp { get; }

    /// <summary>The worker that runs, as soon as one is ready.</summary>
    /// <exception cref="WorkerException">It crashed too often.</exception>
    public Task<Worker> GetAsync(CancellationToken cancellationToken) => _ready.Task.WaitAsync(cancellationToken);

    /// <summary>Ends the worker.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        try
        {
            await GivenUp;
        }
        catch (OperationCanceledException)
        {
            // It has stopped.
        }
        _stopping.Dispose();
    }

    async Task SuperviseAsync()
    {
        for (var crashes = 0; crashes < MaxCrashes; crashes++)
        {
            await using var worker = _start();
            try
            {
                await worker.WaitUntilReadyAsync(_stopping.Token);
                Console.WriteLine($"The worker is process {worker.ProcessId}.");
                _ready.TrySetResult(worker);
                await worker.Ended.WaitAsync(_stopping.Token);
                _ready = NewSource();
                Console.Error.WriteLine("The worker has ended unexpectedly.");
            }
            catch (WorkerException e)
            {
                Console.Error.WriteLine(e.Message);
            }
        }
        _ready.TrySetException(new WorkerException($"The worker crashed {MaxCrashes} times, so the host ends."));
    }

    static TaskCompletionSource<Worker> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
