using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// Collects garbage while the registry is in use. A pass has four sweeps: over repositories, digests, staged objects
/// and the catalog.
/// A pass can be stopped anywhere and resumed by any process; several may run at once.
/// </summary>
/// <remarks>
/// docs/design/protocol.md explains why referenced content is never collected; the tests explore a model of that protocol.
/// </remarks>
public sealed partial class Collector(
    StorageAccount account,
    ManifestDeleter deleter,
    PolicySource policies,
    IOptions<RegistryOptions> options,
    TimeProvider time,
    ILogger<Collector> logger)
{
    /// <summary>
    /// The pass that this process stopped at its time limit, with its context in memory: the next run resumes as if it had not stopped.
    /// </summary>
    (Pass Pass, PassContext Context)? _stopped;

    readonly PassLog _log = new(account, options.Value.Collection.LeaseTimeout);

    /// <summary>
    /// Called by a host's schedule: resumes an interrupted pass, or starts one when it is due. Stops at the first checkpoint after
    /// <see cref="CollectionOptions.MaxRunTime"/>. Also records this host's settings for other collectors.
    /// </summary>
    /// <param name="share">
    /// Share of the time that the pass may take, over 0 and up to 1: a smaller share disturbs requests less, and takes longer.
    /// </param>
    /// <param name="cancellationToken">Stops the pass.</param>
    /// <returns>Null when no pass is due, or another process has the lease.</returns>
    public async Task<CollectionReport?> RunDueAsync(double share, CancellationToken cancellationToken)
    {
        var settings = options.Value.Collection;
        if (!settings.Enabled) return null;
        await _log.PublishSettingsAsync(cancellationToken);
        var now = await _log.ReadTimeAsync(cancellationToken);
        if (await _log.FindNewestAsync(now, cancellationToken) is var (newest, isLeased))
        {
            if (newest.Phase == Phase.Done ? now - newest.Report.Began < settings.Interval : isLeased) return null;
        }
        var report = await RunAsync(explain: null, settings.MaxRunTime, asOf: null, new Throttle(share, time), cancellationToken);
        Log.Collected(logger, report);
        return report;
    }

    /// <summary>Resumes an interrupted pass, or starts one.</summary>
    /// <param name="explain">Receives every decision; null for none.</param>
    /// <param name="timeLimit">Time limit: the pass stops at the first checkpoint after it. Null for no limit.</param>
    /// <param name="cancellationToken">Stops the pass.</param>
    public Task<CollectionReport> RunAsync(Action<CollectionDecision>? explain, TimeSpan? timeLimit, CancellationToken cancellationToken) =>
        RunAsync(explain, timeLimit, asOf: null, Throttle.Full, cancellationToken);

    /// <summary>The same, with ages measured as of a given time, so that tests need not wait for the storage's clock.</summary>
    /// <remarks>
    /// Safe only while no client pushes: as of a time after the start of the pass, even rows that are written during it are old.
    /// </remarks>
    internal Task<CollectionReport> RunAsync(
        Action<CollectionDecision>? explain, TimeSpan? timeLimit, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        RunAsync(explain, timeLimit, asOf, Throttle.Full, cancellationToken);

    async Task<CollectionReport> RunAsync(
        Action<CollectionDecision>? explain,
        TimeSpan? timeLimit,
        DateTimeOffset? asOf,
        Throttle throttle,
        CancellationToken cancellationToken)
    {
        var now = asOf ?? await _log.ReadTimeAsync(cancellationToken);
        var newest = await _log.FindNewestAsync(now, cancellationToken) is ({ Phase: not Phase.Done } found, false) ? found : null;
        // The same ETag: no other process has worked on the pass since this one stopped.
        var own = explain is null && _stopped is { } stopped && stopped.Pass.ETag == newest?.ETag ? _stopped : null;
        _stopped = null;
        var leased = newest is null
            ? null
            : await _log.SaveAsync((own?.Pass ?? newest) with { LeaseReleased = false }, cancellationToken);
        var pass = leased ?? await _log.BeginAsync(now, cancellationToken);
        return await ResumeAsync(pass, leased is null ? null : own?.Context, _log, explain, timeLimit, throttle, cancellationToken);
    }

    /// <summary>
    /// Reports what a pass would do now, and changes nothing. What it would mark for deletion is deleted by a later pass only.
    /// </summary>
    public async Task<CollectionReport> DryRunAsync(Action<CollectionDecision>? explain, CancellationToken cancellationToken) =>
        await DryRunAsync(explain, await _log.ReadTimeAsync(cancellationToken), cancellationToken);

    /// <summary>The same, with ages measured as of a given time.</summary>
    internal async Task<CollectionReport> DryRunAsync(
        Action<CollectionDecision>? explain, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var report = new CollectionReport(asOf, dryRun: true);
        return await ResumeAsync(
            new Pass("", Phase.Repositories, null, report, default),
            stoppedContext: null,
            log: null,
            explain,
            timeLimit: null,
            Throttle.Full,
            cancellationToken);
    }

    /// <summary>
    /// The settings that the hosts of this registry recorded, if they differ from those of this process;
    /// null if they are equal, or if no host has recorded any.
    /// </summary>
    public Task<StorageOptions?> FindConflictingSettingsAsync(CancellationToken cancellationToken) =>
        _log.FindConflictingSettingsAsync(cancellationToken);

    /// <summary>The reports of the latest passes, newest first.</summary>
    public Task<IReadOnlyList<CollectionReport>> ListAsync(int count, CancellationToken cancellationToken) =>
        _log.ListAsync(count, cancellationToken);

    /// <summary>Runs a pass with one policy and one start of pull records from beginning to end.</summary>
    async Task<CollectionReport> ResumeAsync(
        Pass pass,
        PassContext? stoppedContext,
        PassLog? log,
        Action<CollectionDecision>? explain,
        TimeSpan? timeLimit,
        Throttle throttle,
        CancellationToken cancellationToken)
    {
        var context = stoppedContext ?? new PassContext(account, pass.Report, explain)
        {
            Policy = policies.Current,
            PullRecordsStart = await _log.ReadPullRecordsStartAsync(pass.Report.Began, keep: log is not null, cancellationToken),
        };
        context.Throttle = throttle;
        using var run = new PassRun(context, deleter, pass, log);
        var report = await run.ResumeAsync(timeLimit, cancellationToken);
        if (run.Checkpoint is { } checkpoint && explain is null) _stopped = (checkpoint, context);
        if (log is not null && report.Complete) await log.TrimAsync(cancellationToken);
        return report;
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Report}")]
        public static partial void Collected(ILogger logger, CollectionReport report);
    }
}
