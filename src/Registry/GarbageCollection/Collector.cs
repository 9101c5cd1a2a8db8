using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// Collects garbage while the registry is in use, in passes of three sweeps: over the repositories, over the digests, over what uploads
/// have left. A pass can be stopped anywhere and be gone on with by any process; several may run at once.
/// </summary>
/// <remarks>docs/design/protocol.md says why nothing that is needed is ever collected; a model of it is explored by the tests.</remarks>
public sealed partial class Collector(
    StorageAccount account,
    ManifestDeleter deleter,
    PolicySource policies,
    IOptions<RegistryOptions> options,
    TimeProvider time,
    ILogger<Collector> logger)
{
    /// <summary>
    /// The pass that this process has left because its time was over, with what it knew: so it goes on as if it had not stopped.
    /// </summary>
    (Pass Pass, PassContext Context)? _left;

    readonly PassLog _log = new(account, options.Value.Collection.LeaseTimeout);

    /// <summary>
    /// For a host's schedule: goes on with a pass that was left, or begins one when it is due, and stops where it can after
    /// <see cref="CollectionOptions.MaxRunTime"/>. Writes down by which settings the hosts of this registry live.
    /// </summary>
    /// <param name="share">
    /// Of the time that the pass may take, over 0 and up to 1: the less, the less requests beside it notice, and the longer it takes.
    /// </param>
    /// <param name="cancellationToken">Stops it, too.</param>
    /// <returns>Null when nothing is due, or another process is at it.</returns>
    public async Task<CollectionReport?> RunDueAsync(double share, CancellationToken cancellationToken)
    {
        var settings = options.Value.Collection;
        if (!settings.Enabled) return null;
        await _log.PublishSettingsAsync(cancellationToken);
        var now = await _log.ReadTimeAsync(cancellationToken);
        if (await _log.FindNewestAsync(now, cancellationToken) is var (newest, inWork))
        {
            if (newest.Phase == Phase.Done ? now - newest.Report.Began < settings.Interval : inWork) return null;
        }
        var report = await RunAsync(explain: null, settings.MaxRunTime, asOf: null, new Throttle(share, time), cancellationToken);
        Log.Collected(logger, report);
        return report;
    }

    /// <summary>Goes on with a pass that was left, or begins one.</summary>
    /// <param name="explain">Is told of every decision; null where nobody wants to know.</param>
    /// <param name="longest">After how long to stop; null to go on to the end.</param>
    /// <param name="cancellationToken">Stops it, too.</param>
    public Task<CollectionReport> RunAsync(Action<CollectionDecision>? explain, TimeSpan? longest, CancellationToken cancellationToken) =>
        RunAsync(explain, longest, asOf: null, Throttle.Full, cancellationToken);

    /// <summary>The same, with ages as of a time.</summary>
    /// <remarks>
    /// Only where nobody pushes meanwhile: as of a time after the pass has begun, what is written beside it is old, too. So tests do not wait
    /// for the storage's clock.
    /// </remarks>
    internal Task<CollectionReport> RunAsync(
        Action<CollectionDecision>? explain, TimeSpan? longest, DateTimeOffset asOf, CancellationToken cancellationToken) =>
        RunAsync(explain, longest, asOf, Throttle.Full, cancellationToken);

    async Task<CollectionReport> RunAsync(
        Action<CollectionDecision>? explain, TimeSpan? longest, DateTimeOffset? asOf, Throttle pace, CancellationToken cancellationToken)
    {
        var now = asOf ?? await _log.ReadTimeAsync(cancellationToken);
        var newest = await _log.FindNewestAsync(now, cancellationToken) is ({ Phase: not Phase.Done } found, false) ? found : null;
        // Nobody else has been at it since.
        var own = explain is null && _left is { } known && known.Pass.ETag == newest?.ETag ? _left : null;
        _left = null;
        var left = newest is null ? null : await _log.SaveAsync((own?.Pass ?? newest) with { LeaseReleased = false }, cancellationToken);
        var pass = left ?? await _log.BeginAsync(now, cancellationToken);
        return await ResumeAsync(pass, left is null ? null : own?.Context, _log, explain, longest, pace, cancellationToken);
    }

    /// <summary>
    /// Looks at everything, changes nothing, and tells what a pass would do now. What it would doom goes in a later pass.
    /// </summary>
    public async Task<CollectionReport> DryRunAsync(Action<CollectionDecision>? explain, CancellationToken cancellationToken) =>
        await DryRunAsync(explain, await _log.ReadTimeAsync(cancellationToken), cancellationToken);

    /// <summary>The same, with ages as of a time.</summary>
    internal async Task<CollectionReport> DryRunAsync(
        Action<CollectionDecision>? explain, DateTimeOffset asOf, CancellationToken cancellationToken)
    {
        var report = new CollectionReport(asOf, dryRun: true);
        return await ResumeAsync(
            new Pass("", Phase.Repositories, null, report, default),
            known: null,
            log: null,
            explain,
            longest: null,
            Throttle.Full,
            cancellationToken);
    }

    /// <summary>
    /// What the hosts of this registry are set to, if it is something else than what this process
    /// is; null if not, or if no host has said yet.
    /// </summary>
    public Task<StorageOptions?> FindConflictingSettingsAsync(CancellationToken cancellationToken) =>
        _log.FindConflictingSettingsAsync(cancellationToken);

    /// <summary>The reports of the latest passes, newest first.</summary>
    public Task<IReadOnlyList<CollectionReport>> ListAsync(int count, CancellationToken cancellationToken) =>
        _log.ListAsync(count, cancellationToken);

    /// <summary>With one policy for the whole pass, and one day from which on pulls are known.</summary>
    async Task<CollectionReport> ResumeAsync(
        Pass pass,
        PassContext? known,
        PassLog? log,
        Action<CollectionDecision>? explain,
        TimeSpan? longest,
        Throttle pace,
        CancellationToken cancellationToken)
    {
        var context = known ?? new PassContext(account, pass.Report, explain)
        {
            Policy = policies.Current,
            PullRecordsStart = await _log.ReadPullRecordsStartAsync(pass.Report.Began, keep: log is not null, cancellationToken),
        };
        context.Pace = pace;
        using var run = new PassRun(context, deleter, pass, log);
        var report = await run.ResumeAsync(longest, cancellationToken);
        if (run.Checkpoint is { } left && explain is null) _left = (left, context);
        if (log is not null && report.Complete) await log.TrimAsync(cancellationToken);
        return report;
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Report}")]
        public static partial void Collected(ILogger logger, CollectionReport report);
    }
}
