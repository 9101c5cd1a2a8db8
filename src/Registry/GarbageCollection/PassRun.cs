using System.Diagnostics;
using Registry.Oci;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The work of this process on one pass. It tells the others by writing down every few seconds that it is at it, and how far.
/// </summary>
/// <param name="context">What the sweeps have in common.</param>
/// <param name="deleter">For retention.</param>
/// <param name="pass">As it is.</param>
/// <param name="log">Where that is written down; null for a dry run.</param>
sealed class PassRun(PassContext context, ManifestDeleter deleter, Pass pass, PassLog? log) : IDisposable
{
    /// <summary>A pass that is stopped does again what it has done since it was written down last, and nothing is lost by it.</summary>
    static readonly TimeSpan s_saving = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Within one large repository, where nothing has been reached for long: much shorter than the
    /// time after which others take it for left.
    /// </summary>
    static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(20);

    readonly SemaphoreSlim _saving = new(1);
    readonly TimeSpan _before = pass.Report.Worked;
    readonly long _began = Stopwatch.GetTimestamp();
    Pass _pass = pass;
    long _saved = Stopwatch.GetTimestamp();
    bool _takenOver;

    /// <summary>
    /// The pass as it was left at a place from which this process can go on as if it had not stopped; null when it was not.
    /// </summary>
    public Pass? Checkpoint { get; private set; }

    CollectionReport Report => _pass.Report;

    StorageAccount Account => context.Account;

    /// <summary>Works on it until it is done, stopped, or taken over by another process.</summary>
    /// <param name="longest">After how long to stop at the next place from which it can be gone on with; null for never.</param>
    /// <param name="cancellationToken">Stops it where it is.</param>
    public async Task<CollectionReport> ResumeAsync(TimeSpan? longest, CancellationToken cancellationToken)
    {
        using var stopping = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var beating = log is null ? Task.CompletedTask : HeartbeatAsync(stopping);
        Report.StopReason = null;
        var timeWasOver = false;
        try
        {
            if (!await SweepAsync(longest, stopping.Token))
            {
                timeWasOver = true;
                Report.StopReason = "its time was over; it will be gone on with";
            }
        }
        catch (OperationCanceledException) when (_takenOver || cancellationToken.IsCancellationRequested)
        {
            Report.StopReason = _takenOver ? "another process goes on with it" : "it was stopped; it will be gone on with";
        }
        finally
        {
            await stopping.CancelAsync();
            await beating;
        }
        // With what was found out since; where it is does not change, so that part is looked at again.
        if (log is not null && !_takenOver && Report.StopReason is not null)
        {
            var left = await log.SaveAsync(_pass with { LeaseReleased = true }, CancellationToken.None);
            // Whoever was stopped in the middle may have counted more than it has reached.
            if (timeWasOver) Checkpoint = left;
        }
        return Report;
    }

    public void Dispose() => _saving.Dispose();

    /// <returns>Whether it came to the end; else the time was over.</returns>
    async Task<bool> SweepAsync(TimeSpan? longest, CancellationToken cancellationToken)
    {
        if (_pass.Phase == Phase.Repositories)
        {
            var met = 0;
            var fromStart = _pass.Cursor is null;
            if (fromStart) context.SweptAllRepositories = true;
            await foreach (var key in Account.RepositoryKeysAsync(_pass.Cursor, cancellationToken))
            {
                met++;
                await SweepAsync(key, cancellationToken);
                await CheckpointAsync(Phase.Repositories, key, cancellationToken);
                if (IsTimeUp(longest)) return false;
            }
            context.FoundNoRepository = fromStart && met == 0;
            await CheckpointAsync(Phase.Digests, null, cancellationToken);
        }
        if (_pass.Phase == Phase.Digests)
        {
            if (_pass.Cursor is null) context.SweptAllDigests = true;
            await foreach (var digest in new DigestSweep(context).RunAsync(_pass.Cursor, cancellationToken))
            {
                await CheckpointAsync(Phase.Digests, digest, cancellationToken);
                if (IsTimeUp(longest)) return false;
            }
            if (!context.DryRun)
                await context.Usage.FinishAsync(context.Now, context.SweptAllDigests ? context.UniqueBytes : null, cancellationToken);
            await CheckpointAsync(Phase.Staging, null, cancellationToken);
        }
        if (_pass.Phase == Phase.Staging) await new StagingSweep(context).RunAsync(cancellationToken);
        Report.Complete = true;
        await CheckpointAsync(Phase.Done, null, cancellationToken);
        return true;
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

    bool IsTimeUp(TimeSpan? longest) => longest is { } time && Stopwatch.GetElapsedTime(_began) > time;

    async Task CheckpointAsync(Phase phase, string? cursor, CancellationToken cancellationToken)
    {
        var due = phase != _pass.Phase || Stopwatch.GetElapsedTime(_saved) > s_saving;
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
            // Over, or taken over: then the sweeps are to end, too.
            await stopping.CancelAsync();
        }
        catch (Exception e) when (e is Azure.RequestFailedException or AggregateException)
        {
            // The sweeps meet the same storage, and fail or go on by themselves.
        }
    }

    /// <exception cref="OperationCanceledException">Another process has taken it over.</exception>
    async Task SaveAsync(CancellationToken cancellationToken)
    {
        Report.Worked = _before + Stopwatch.GetElapsedTime(_began);
        if (log is null) return;
        await _saving.WaitAsync(cancellationToken);
        try
        {
            if (await log.SaveAsync(_pass, cancellationToken) is not { } saved)
            {
                _takenOver = true;
                throw new OperationCanceledException("Another process has taken the pass over.");
            }
            // More may have been reached in between.
            _pass = _pass with { ETag = saved.ETag };
            _saved = Stopwatch.GetTimestamp();
        }
        finally
        {
            _saving.Release();
        }
    }
}
