using System.Diagnostics;
using Azure.Data.Tables;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// Collects garbage while the registry is in use, in passes of three sweeps: over the repositories, over the digests, over what uploads have left.
/// A pass can be stopped anywhere and be gone on with by any process; several may run at once.
/// </summary>
/// <remarks>docs/protocol.md says why nothing that is needed is ever collected; a model of it is explored by the tests.</remarks>
public sealed partial class Collector(
    StorageAccount account, ManifestDeleter deleter, PolicySource policies, IOptions<RegistryOptions> options, ILogger<Collector> logger)
{
    StorageAccount Account => account;

    ManifestDeleter Deleter => deleter;

    Policy Policy => policies.Current;

    /// <summary>A pass that is stopped loses what it has done since it was written down last; it does that again, and nothing is lost by it.</summary>
    static readonly TimeSpan s_saving = TimeSpan.FromSeconds(5);

    readonly PassLog _log = new(account, options.Value.Collection.Abandoned);

    /// <summary>
    /// For a host's schedule: goes on with a pass that was left, or begins one when it is due, and stops after
    /// <see cref="CollectionOptions.Longest"/>.
    /// </summary>
    /// <returns>Null when nothing is due, or another process is at it.</returns>
    public async Task<CollectionReport?> RunDueAsync(CancellationToken cancellationToken)
    {
        var settings = options.Value.Collection;
        if (!settings.Enabled) return null;
        var now = await _log.ReadTimeAsync(cancellationToken);
        if (await _log.FindNewestAsync(now, cancellationToken) is var (newest, inWork))
        {
            if (newest.Phase == Phase.Done ? now - newest.Report.Began < settings.Every : inWork) return null;
        }
        var report = await RunAsync(explain: null, settings.Longest, cancellationToken);
        Log.Collected(logger, report);
        return report;
    }

    /// <summary>Goes on with a pass that was left, or begins one.</summary>
    /// <param name="explain">Is told of every decision; null where nobody wants to know.</param>
    /// <param name="longest">After how long to stop; null to go on to the end.</param>
    /// <param name="cancellationToken">Stops it, too.</param>
    public async Task<CollectionReport> RunAsync(Action<CollectionDecision>? explain, TimeSpan? longest, CancellationToken cancellationToken)
    {
        var now = await _log.ReadTimeAsync(cancellationToken);
        var left = await _log.FindNewestAsync(now, cancellationToken) is ({ Phase: not Phase.Done } newest, false) ? await _log.SaveAsync(newest, cancellationToken) : null;
        var pass = left ?? await _log.BeginAsync(now, cancellationToken);
        return await new Run(this, pass, _log, explain).GoOnAsync(longest, cancellationToken);
    }

    /// <summary>Looks at everything, changes nothing, and tells what a pass would do now. What it would doom goes in a later pass.</summary>
    public async Task<CollectionReport> PretendAsync(Action<CollectionDecision>? explain, CancellationToken cancellationToken)
    {
        var report = new CollectionReport(await _log.ReadTimeAsync(cancellationToken), dryRun: true);
        return await new Run(this, new Pass("", Phase.Repositories, null, report, default), log: null, explain).GoOnAsync(longest: null, cancellationToken);
    }

    /// <summary>The reports of the latest passes, newest first.</summary>
    public Task<IReadOnlyList<CollectionReport>> ListAsync(int count, CancellationToken cancellationToken) => _log.ListAsync(count, cancellationToken);

    /// <summary>The work of this process on one pass.</summary>
    sealed class Run(Collector collector, Pass pass, PassLog? log, Action<CollectionDecision>? explain)
    {
        readonly PassContext _context = new(collector.Account, pass.Report, explain);
        readonly TimeSpan _before = pass.Report.Worked;
        readonly long _began = Stopwatch.GetTimestamp();
        Pass _pass = pass;
        long _saved = Stopwatch.GetTimestamp();

        CollectionReport Report => _pass.Report;

        public async Task<CollectionReport> GoOnAsync(TimeSpan? longest, CancellationToken cancellationToken)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (longest is { } time) limit.CancelAfter(time);
            Report.StoppedBecause = null;
            try
            {
                await SweepAsync(limit.Token);
                if (log is not null) await log.TrimAsync(cancellationToken);
            }
            catch (OperationCanceledException) when (limit.IsCancellationRequested)
            {
                Report.StoppedBecause = "its time was over; it will be gone on with";
                // With what was found out since; where it is does not change, so that part is looked at again.
                if (log is not null) await SaveAsync(CancellationToken.None);
            }
            catch (TakenOverException)
            {
                Report.StoppedBecause = "another process goes on with it";
            }
            return Report;
        }

        async Task SweepAsync(CancellationToken cancellationToken)
        {
            if (_pass.Phase == Phase.Repositories)
            {
                await SweepRepositoriesAsync(cancellationToken);
                await ReachAsync(Phase.Digests, null, cancellationToken);
            }
            if (_pass.Phase == Phase.Digests)
            {
                await new DigestSweep(_context).RunAsync(_pass.Cursor, digest => ReachAsync(Phase.Digests, digest, cancellationToken), cancellationToken);
                await ReachAsync(Phase.Staging, null, cancellationToken);
            }
            if (_pass.Phase == Phase.Staging)
            {
                await new StagingSweep(_context).RunAsync(cancellationToken);
                Report.Complete = true;
                await ReachAsync(Phase.Done, null, cancellationToken);
            }
        }

        async Task SweepRepositoriesAsync(CancellationToken cancellationToken)
        {
            var all = _pass.Cursor is null;
            // One policy for the whole pass, and one day from which on pulls are known.
            var policy = collector.Policy;
            var pullsSince = await collector._log.ReadStartOfPullsAsync(_context.Now, keep: !_context.DryRun, cancellationToken);
            for (var key = await NextAsync(_pass.Cursor, cancellationToken); key is not null; key = await NextAsync(key, cancellationToken))
            {
                var repository = collector.Account.RepositoryOf(key);
                var retention = policy.RetentionOf(RepositoryName.Parse(Layout.NameOf(key))) is { } rules ? new RetentionSweep(_context, collector.Deleter, repository, rules) : null;
                await new RepositorySweep(_context, repository).RunAsync(retention is null ? null : () => retention.RunAsync(pullsSince, cancellationToken), cancellationToken);
                await ReachAsync(Phase.Repositories, key, cancellationToken);
            }
            _context.SweptAllRepositories = all;
        }

        /// <summary>The next partition. The catalog knows only those that have had a manifest.</summary>
        async Task<string?> NextAsync(string? key, CancellationToken cancellationToken)
        {
            var filter = key is null ? null : TableClient.CreateQueryFilter($"PartitionKey gt {key}");
            await foreach (var row in collector.Account.Repositories.QueryAsync<TableEntity>(filter, 1, ["PartitionKey"], cancellationToken)) return row.PartitionKey;
            return null;
        }

        async Task ReachAsync(Phase phase, string? cursor, CancellationToken cancellationToken)
        {
            var next = phase != _pass.Phase;
            _pass = _pass with { Phase = phase, Cursor = cursor };
            if (log is not null && (next || Stopwatch.GetElapsedTime(_saved) > s_saving)) await SaveAsync(cancellationToken);
            else Report.Worked = _before + Stopwatch.GetElapsedTime(_began);
        }

        async Task SaveAsync(CancellationToken cancellationToken)
        {
            Report.Worked = _before + Stopwatch.GetElapsedTime(_began);
            _pass = await log!.SaveAsync(_pass, cancellationToken) ?? throw new TakenOverException();
            _saved = Stopwatch.GetTimestamp();
        }
    }

    static partial class Log
    {
        [LoggerMessage(LogLevel.Information, "{Report}")]
        public static partial void Collected(ILogger logger, CollectionReport report);
    }

    sealed class TakenOverException() : Exception("Another process has taken the pass over.");
}
