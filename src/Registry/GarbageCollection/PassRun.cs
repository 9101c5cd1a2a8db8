using System.Diagnostics;
using System.Runtime.CompilerServices;
using Registry.Oci;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The work of this process on one pass. It keeps the lease by writing a checkpoint or a heartbeat every few seconds.
/// </summary>
/// <param name="context">State that the sweeps share.</param>
/// <param name="deleter">Deletes what retention rules do not keep.</param>
/// <param name="pass">The pass as it is stored.</param>
/// <param name="log">Stores checkpoints; null for a dry run.</param>
sealed class PassRun(PassContext context, ManifestDeleter deleter, Pass pass, PassLog? log) : IDisposable
{
    /// <summary>Interval of checkpoints. A pass that is resumed repeats what was done since the last one, which is safe.</summary>
    static readonly TimeSpan s_checkpointInterval = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Interval of heartbeats, which keep the lease within one large repository, where no checkpoint is due for long: much shorter
    /// than the lease timeout.
    /// </summary>
    static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(20);

    readonly SemaphoreSlim _saveLock = new(1);
    readonly TimeSpan _before = pass.Report.Worked;
    readonly long _began = Stopwatch.GetTimestamp();
    Pass _pass = pass;
    long _saved = Stopwatch.GetTimestamp();
    bool _takenOver;

    /// <summary>
    /// The pass as stored when the time limit stopped it at a checkpoint, from which this process can resume with its context in memory;
    /// null when it did not end like that.
    /// </summary>
    public Pass? Checkpoint { get; private set; }

    CollectionReport Report => _pass.Report;

    StorageAccount Account => context.Account;

    /// <summary>Works on the pass until it is complete, stopped, or taken over by another process.</summary>
    /// <param name="timeLimit">Time limit: stops at the first checkpoint after it. Null for no limit.</param>
    /// <param name="cancellationToken">Stops the pass at once.</param>
    public async Task<CollectionReport> ResumeAsync(TimeSpan? timeLimit, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var heartbeat = log is null ? Task.CompletedTask : HeartbeatAsync(stopping);
        Report.StopReason = null;
        var timedOut = false;
        try
        {
            if (!await SweepAsync(timeLimit, stopping.Token))
            {
                timedOut = true;
                Report.StopReason = "the time limit was reached; the next collector resumes it";
            }
        }
        catch (OperationCanceledException) when (_takenOver || cancellationToken.IsCancellationRequested)
        {
            Report.StopReason = _takenOver ? "another process has taken it over" : "it was stopped; the next collector resumes it";
        }
        finally
        {
            await stopping.CancelAsync();
            await heartbeat;
        }
        // Saves the latest counts and releases the lease. The cursor stays, so what was swept after it is swept again.
        if (log is not null && !_takenOver && Report.StopReason is not null)
        {
            var released = await log.SaveAsync(_pass with { LeaseReleased = true }, CancellationToken.None);
            // A pass that was cancelled between checkpoints may have state in memory beyond its cursor, so it cannot be resumed with it.
            if (timedOut) Checkpoint = released;
        }
        return Report;
    }

    public void Dispose() => _saveLock.Dispose();

    /// <returns>Whether the pass is complete; false when the time limit was reached.</returns>
    async Task<bool> SweepAsync(TimeSpan? timeLimit, CancellationToken cancellationToken)
    {
        if (_pass.Phase == Phase.Repositories)
        {
            var fromStart = _pass.Cursor is null;
            if (fromStart) context.SweptAllRepositories = true;
            if (!await RunAsync(SweepRepositoriesAsync(_pass.Cursor, cancellationToken), timeLimit, cancellationToken)) return false;
            context.FoundNoRepository = fromStart && _pass.Cursor is null;
            await CheckpointAsync(Phase.Digests, null, cancellationToken);
        }
        if (_pass.Phase == Phase.Digests)
        {
            if (_pass.Cursor is null) context.SweptAllDigests = true;
            var digests = new DigestSweep(context).RunAsync(_pass.Cursor, cancellationToken);
            if (!await RunAsync(digests, timeLimit, cancellationToken)) return false;
            if (!context.DryRun)
                await context.Usage.FinishAsync(context.Now, context.SweptAllDigests ? context.UniqueBytes : null, cancellationToken);
            await CheckpointAsync(Phase.Staging, null, cancellationToken);
        }
        if (_pass.Phase == Phase.Staging)
        {
            var staged = new StagingSweep(context).RunAsync(_pass.Cursor, cancellationToken);
            if (!await RunAsync(staged, timeLimit, cancellationToken)) return false;
            await CheckpointAsync(Phase.Catalog, null, cancellationToken);
        }
        var names = new CatalogSweep(context).RunAsync(_pass.Cursor, cancellationToken);
        if (!await RunAsync(names, timeLimit, cancellationToken)) return false;
        Report.Complete = true;
        await CheckpointAsync(Phase.Done, null, cancellationToken);
        return true;
    }

    /// <summary>Runs the sweep of the current phase.</summary>
    /// <param name="sweep">Its checkpoints: where it goes on when it is resumed.</param>
    /// <param name="timeLimit">The time limit of this run; null for none.</param>
    /// <param name="cancellationToken">Stops the sweep at once.</param>
    /// <returns>Whether it is complete; false when the time limit was reached.</returns>
    async Task<bool> RunAsync(IAsyncEnumerable<string> sweep, TimeSpan? timeLimit, CancellationToken cancellationToken)
    {
        await foreach (var cursor in sweep)
        {
            await CheckpointAsync(_pass.Phase, cursor, cancellationToken);
            if (timeLimit is { } time && Stopwatch.GetElapsedTime(_began) > time) return false;
        }
        return true;
    }

    async IAsyncEnumerable<string> SweepRepositoriesAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await foreach (var key in Account.RepositoryKeysAsync(after, cancellationToken))
        {
            await SweepAsync(key, cancellationToken);
            yield return key;
        }
    }

    async Task SweepAsync(string key, CancellationToken cancellationToken)
    {
        var repository = Account.RepositoryOf(key);
        if (!RepositoryName.TryParse(Layout.NameOf(key), out var name))
        {
            context.Decide(CollectedKind.Repository, key, Reason.Foreign);
            return;
        }
        var retention = context.Policy.RetentionOf(name) is { } rules ? new RetentionSweep(context, deleter, repository, rules) : null;
        await new RepositorySweep(context, repository).RunAsync(retention, cancellationToken);
    }

    async Task CheckpointAsync(Phase phase, string? cursor, CancellationToken cancellationToken)
    {
        var due = phase != _pass.Phase || Stopwatch.GetElapsedTime(_saved) > s_checkpointInterval;
        _pass = _pass with { Phase = phase, Cursor = cursor };
        if (due) await SaveAsync(cancellationToken);
    }

    async Task HeartbeatAsync(CancellationTokenSource stopping)
    {
        using var timer = new PeriodicTimer(s_heartbeat);
        try
        {
            while (await timer.WaitForNextTickAsync(stopping.Token)) await SaveAsync(stopping.Token);
        }
        catch (OperationCanceledException)
        {
            // The pass has ended, or another process has taken it over: then the sweeps stop, too.
            await stopping.CancelAsync();
        }
        catch (Exception e) when (e is Azure.RequestFailedException or AggregateException)
        {
            // The sweeps use the same storage: they fail as well, or continue without this heartbeat.
        }
    }

    /// <exception cref="OperationCanceledException">Another process has taken over the pass.</exception>
    async Task SaveAsync(CancellationToken cancellationToken)
    {
        Report.Worked = _before + Stopwatch.GetElapsedTime(_began);
        if (log is null) return;
        await _saveLock.WaitAsync(cancellationToken);
        try
        {
            if (await log.SaveAsync(_pass, cancellationToken) is not { } saved)
            {
                _takenOver = true;
                throw new OperationCanceledException("Another process has taken over the pass.");
            }
            // Only the ETag: the cursor may have advanced during the write.
            _pass = _pass with { ETag = saved.ETag };
            _saved = Stopwatch.GetTimestamp();
        }
        finally
        {
            _saveLock.Release();
        }
    }
}
