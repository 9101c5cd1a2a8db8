using System.Text.Json;
using Registry.GarbageCollection;

namespace Registry.Server;

/// <summary>The command for garbage collection.</summary>
static class CollectCommands
{
    public const string Help = """
          collect [--dry-run] [--explain] [--json]   collects garbage: runs a pass, or resumes an interrupted one. --dry-run
                                                     changes nothing, --explain prints each decision, --json prints the report
                                                     as JSON. --anyway runs although the hosts have other retention periods
          collect --reports                          prints the reports of the latest passes, newest first
        """;

    public static IReadOnlyList<StorageCommand> All { get; } =
        [new("collect", 0, ["--dry-run", "--explain", "--json", "--anyway", "--reports"], [], CollectAsync)];

    static async Task<int> CollectAsync(CommandRun run)
    {
        var collector = run.Services.GetRequiredService<Collector>();
        if (run.Flags.Contains("--reports"))
        {
            foreach (var past in await collector.ListAsync(50, run.CancellationToken)) Write(run, past);
            return 0;
        }
        if (!run.Flags.Contains("--anyway") && await collector.FindConflictingSettingsAsync(run.CancellationToken) is { } hosts)
        {
            throw new StartupException(
                $"The hosts of this registry have Registry:Storage:GracePeriod={hosts.GracePeriod} and "
                + $"Registry:Storage:DeletedRetention={hosts.DeletedRetention}, and every collector must have the same. Set both for this "
                + "command, or use --anyway if no client pushes.");
        }
        Action<CollectionDecision>? explain = run.Flags.Contains("--explain") ? run.Output.WriteLine : null;
        try
        {
            var report = run.Flags.Contains("--dry-run")
                ? await collector.DryRunAsync(explain, run.CancellationToken)
                : await collector.RunAsync(explain, timeLimit: null, run.CancellationToken);
            Write(run, report);
            return 0;
        }
        catch (CollectionRefusedException e)
        {
            throw new StartupException(e.Message);
        }
    }

    static void Write(CommandRun run, CollectionReport report) =>
        run.Output.WriteLine(
            run.Flags.Contains("--json") ? JsonSerializer.Serialize(report, CollectionJson.Default.CollectionReport) : report.ToString());
}
