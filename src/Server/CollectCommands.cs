using System.Text.Json;
using Registry.GarbageCollection;

namespace Registry.Server;

/// <summary>The commands for garbage.</summary>
static class CollectCommands
{
    public const string Help = """
          collect [--dry-run] [--explain] [--json]   collects garbage: a pass, or the rest of one that was left. --dry-run changes
                                                     nothing; --explain tells each decision, --json the report for programs
        """;

    public static IReadOnlyList<StorageCommand> All { get; } = [new("collect", 0, ["--dry-run", "--explain", "--json"], [], CollectAsync)];

    static async Task<int> CollectAsync(CommandRun run)
    {
        var collector = run.Services.GetRequiredService<Collector>();
        Action<CollectionDecision>? explain = run.Flags.Contains("--explain") ? run.Output.WriteLine : null;
        try
        {
            var report = run.Flags.Contains("--dry-run")
                ? await collector.PretendAsync(explain, run.CancellationToken)
                : await collector.RunAsync(explain, longest: null, run.CancellationToken);
            run.Output.WriteLine(run.Flags.Contains("--json") ? JsonSerializer.Serialize(report, CollectionJson.Default.CollectionReport) : report.ToString());
            return 0;
        }
        catch (CollectionRefusedException e)
        {
            throw new StartupException(e.Message);
        }
    }
}
