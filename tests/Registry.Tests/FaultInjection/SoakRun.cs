using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.Storage;

namespace Registry.Tests.FaultInjection;

/// <summary>
/// The soak test: clients, collectors and readers on a registry whose servers are killed and whose storage is disturbed. Then
/// everything stops, and all content, present and absent, is verified.
/// </summary>
sealed class SoakRun : IDisposable
{
    /// <summary>
    /// Passes that must suffice to remove all garbage: one to mark, one to delete, and one for what a killed pass left.
    /// </summary>
    const int Passes = 4;

    readonly SoakOptions _options;
    readonly string _folder;
    readonly History _history = new();
    readonly StorageTrace _trace;
    readonly TextWriter _log;

    SoakRun(SoakOptions options, string folder, TextWriter log)
    {
        (_options, _folder, _log) = (options, folder, log);
        _trace = new(folder);
        Report = new(options, _history, _trace);
    }

    SoakReport Report { get; }

    /// <summary>Runs the test.</summary>
    /// <param name="options">The settings.</param>
    /// <param name="log">Receives progress.</param>
    /// <param name="cancellationToken">Ends the load early; then the content is verified.</param>
    /// <returns>The report, also of a run that ended with an exception (<see cref="SoakReport.Failure"/>).</returns>
    public static async Task<SoakReport> RunAsync(SoakOptions options, TextWriter log, CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("registry-soak-").FullName;
        using var run = new SoakRun(options, folder, log);
        try
        {
            await run.RunAsync(cancellationToken);
        }
        catch (Exception e)
        {
            // Whatever it is, the run has failed: what it found until then is worth a report.
            run.Report.Failure = e;
        }
        return run.Report;
    }

    public void Dispose()
    {
        _trace.Dispose();
        // The trace of storage requests is kept only to investigate a run that did not pass.
        if (Report.Passed) Directory.Delete(_folder, recursive: true);
        else _log.WriteLine($"The trace of storage requests is in {_folder}.");
    }

    async Task RunAsync(CancellationToken cancellationToken)
    {
        await using var storage = await DisturbedStorage.StartAsync(_options, Report, Path.Combine(_folder, "azurite"));
        await CreateAsync(storage.ConnectionString);
        var serverNames = Enumerable.Range(0, _options.Servers).Select(i => $"server{i}").ToList();
        var collectorNames = Enumerable.Range(0, Math.Max(1, _options.Collectors)).Select(i => $"collector{i}").ToList();
        await using var proxy = await FaultyProxy.StartAsync(
            [.. serverNames.Select(name => (name, PlanFor(name, _options.FaultRate))),
                .. collectorNames.Select(name => (name, PlanFor(name, _options.FaultRate / 2)))],
            _trace,
            2 * _options.LongestDelay);
        proxy.SetTarget(storage.ConnectionString);
        var policy = Path.Combine(_folder, "registry.policy.json");
        await File.WriteAllTextAsync(policy, SoakPolicy.Text, CancellationToken.None);
        string[] ArgumentsOf(string user) =>
        [
            $"--Registry:PolicyFile={policy}",
            $"--Registry:Storage:ConnectionString={proxy.ConnectionStringFor(user, storage.ConnectionString)}",
                "--Registry:Storage:Create=false",
            $"--Registry:Storage:GracePeriod={_options.Grace}", $"--Registry:Storage:DeletedRetention={_options.KeepDeleted}",
        ];

        await using var servers = new RegistryServers(_options, i => ArgumentsOf(serverNames[i]), Report);
        var collectors = new CollectorProcesses(_options, i => ArgumentsOf(collectorNames[i]), Report, _history);
        await servers.StartAllAsync(CancellationToken.None);
        using var client = new SoakClient(servers, _options, Report);
        var context = new SoakContext(_options, new ContentPool(_options), client, Report, _history, new SoakPolicy());
        var actors = Enumerable.Range(0, _options.Actors).Select(i => new SoakActor(i, context)).ToList();

        await _log.WriteLineAsync($"Soak test: {_options.Duration}, grace period {_options.Grace}, seed {_options.Seed}.");
        proxy.IsFaulty = true;
        await RunLoadAsync(storage, proxy, servers, collectors, context, actors, cancellationToken);
        proxy.IsFaulty = false;

        await servers.KillAllAsync();
        await servers.StartAllAsync(CancellationToken.None);
        // Wait for pending requests.
        await Task.Delay(_options.LateWindow, CancellationToken.None);
        await VerifyAsync("after the load", storage, context, actors);
        await CollectAsync(collectors, storage);
        await VerifyAsync("after the last collection", storage, context, actors);

        foreach (var (fault, count) in proxy.Counts) Report.Set($"storage fault: {fault}", count);
        Report.Set("storage faults, total", proxy.Counts.Values.Sum());
        Report.Set("storage requests during a restart", proxy.Away);
        if (proxy.TooLate > 0) Report.Set("storage requests dropped because the machine was too busy", proxy.TooLate);
        Report.Set("acknowledged pushes of manifests", Report.CountOfAll("PUT ", "manifest"));
        Report.LongestChange = proxy.Longest;
        if (!Report.AssumptionHeld)
        {
            await _log.WriteLineAsync($"The storage took {proxy.Longest} for a change, longer than the protocol assumes: losses of " +
                $"this run prove nothing. Use a longer grace period, or a less busy machine.");
        }
    }

    FaultPlan PlanFor(string user, double rate) => new(_options.RandomFor($"faults of {user}"),
        rate, _options.LongestDelay, _options.LongestHold);

    static async Task CreateAsync(string connectionString)
    {
        var configuration = new ConfigurationBuilder()
            .AddInMemoryCollection([new("Registry:Storage:ConnectionString", connectionString)]).Build();
        await using var services = new ServiceCollection().AddRegistry(configuration).BuildServiceProvider();
        await services.GetRequiredService<StorageAccount>().CreateAsync(CancellationToken.None);
    }

    async Task RunLoadAsync(
        DisturbedStorage storage, FaultyProxy proxy, RegistryServers servers,
            CollectorProcesses collectors, SoakContext context, IReadOnlyList<SoakActor> actors, CancellationToken cancellationToken)
    {
        using var over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        over.CancelAfter(_options.Duration);
        var began = Stopwatch.GetTimestamp();
        var all = new List<Task>
        {
            servers.KillAtRandomAsync(over.Token),
            storage.FreezeAsync(over.Token),
            storage.RestartAsync(proxy, over.Token),
            LogProgressAsync(over.Token),
            WatchAsync(over),
        };
        all.AddRange(Enumerable.Range(0, _options.Collectors).Select(i => collectors.RunPassesAsync(i, over.Token)));
        all.AddRange(actors.Select(actor => actor.RunAsync(over.Token)));
        all.AddRange(Enumerable.Range(0, _options.Readers).Select(i => new SoakReader(context, actors, $"reader{i}").RunAsync(over.Token)));
        // An unexpected failure of one task ends the others.
        foreach (var task in all)
            _ = task.ContinueWith(_ => over.Cancel(), CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
        await Task.WhenAll(all).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Report.Set("seconds of load", (long)Stopwatch.GetElapsedTime(began).TotalSeconds);
        if (all.FirstOrDefault(task => task.IsFaulted) is { } failed) await failed;
    }

    /// <summary>Ends the load when enough has happened.</summary>
    async Task WatchAsync(CancellationTokenSource over)
    {
        while (_options.StopWhen?.Invoke(Report) != true) await Task.Delay(TimeSpan.FromMilliseconds(250), over.Token);
        await over.CancelAsync();
    }

    async Task LogProgressAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            await Task.Delay(TimeSpan.FromSeconds(30), cancellationToken);
            await _log.WriteLineAsync(string.Create(
                CultureInfo.InvariantCulture,
                $"{History.Now()} manifests put {Report.CountOf("PUT manifest", "done")}, " +
                $"checks {Report.CountOf("check of a tag or manifest", "done")}, " +
                $"servers killed {Report.Figures.GetValueOrDefault("servers killed with -9")}, " +
                $"passes {Report.Figures.GetValueOrDefault("collections: passes completed")}, " +
                $"objects collected {Report.Figures.GetValueOrDefault("collected: BlobObject")}, " +
                $"violations {Report.Violations.Count}"));
        }
    }

    /// <summary>Verifies everything that was acknowledged through the API, and everything that exists in the storage.</summary>
    async Task VerifyAsync(string when, DisturbedStorage storage, SoakContext context, IReadOnlyList<SoakActor> actors)
    {
        await _log.WriteLineAsync($"{History.Now()} verifying {when}");
        var reader = new SoakReader(context, actors, "verifier");
        var (promised, present) = (0, 0);
        foreach (var actor in actors)
        {
            foreach (var key in actor.Ledger.Keys)
            {
                if (!await reader.CheckAsync(actor, key, most: int.MaxValue))
                    Report.ReportViolation($"{key} could not be checked {when}", key.ToString());
                promised++;
                if (actor.Ledger.Find(key).Certain is not null) present++;
            }
        }
        foreach (var (tag, digest) in context.Policy.LockedTags) await reader.CheckLockedTagAsync(tag, digest);
        Report.Set($"checked {when}: tags and manifests", promised + context.Policy.LockedTags.Count);
        Report.Set($"checked {when}: of them existing", present);
        var checker = await StorageChecker.ReadAsync(storage.ConnectionString, CancellationToken.None);
        Report.Set($"checked {when}: manifests in the storage", checker.ManifestCount);
        Report.Set($"checked {when}: objects", checker.ObjectCount);
        Report.Set($"checked {when}: bytes of objects", checker.ObjectBytes);
        foreach (var finding in checker.FindBroken()) Report.ReportViolation($"{when}: {finding.What}", finding.About);
    }

    /// <summary>Collects until no garbage is left.</summary>
    async Task CollectAsync(CollectorProcesses collectors, DisturbedStorage storage)
    {
        // The storage's clock has a resolution of one second.
        var second = TimeSpan.FromSeconds(1);
        var later = TimeSpan.Zero;
        for (var pass = 1; ; pass++)
        {
            later += second + (pass == 1 && _options.KeepDeleted > _options.Grace ? _options.KeepDeleted : _options.Grace);
            if (!await collectors.RunAsync(later, CancellationToken.None)) Report.ReportViolation("an undisturbed pass did not complete");
            var checker = await StorageChecker.ReadAsync(storage.ConnectionString, CancellationToken.None);
            var left = checker.FindGarbage().ToList();
            await _log.WriteLineAsync($"{History.Now()} garbage after pass {pass}: {left.Count}");
            Report.Set("passes until no garbage was left", pass);
            if (left.Count == 0) return;
            if (pass < Passes) continue;
            foreach (var finding in left) Report.ReportViolation($"garbage: {finding.What}", finding.About);
            return;
        }
    }
}
