using System.Text.Json;
using Registry.Integrity;
using Registry.Oci;

namespace Registry.Server;

/// <summary>The command that checks the consistency of a registry.</summary>
static class CheckCommands
{
    public const string Help = """
          check [--digests] [--repair] [--json]      checks that tables and objects are consistent; exits with 2 if not.
                [--repository NAME]...               --digests reads and hashes every object, --repair repairs what it can.
                                                     Checks all repositories, or only those named
        """;

    const int NotSound = 2;

    public static IReadOnlyList<StorageCommand> All { get; } =
        [new("check", 0, ["--digests", "--repair", "--json"], ["--repository"], CheckAsync)];

    static async Task<int> CheckAsync(CommandRun run)
    {
        var names = run.Values["--repository"].Select(text => RepositoryName.TryParse(text, out var name)
            ? name
            : throw new StartupException($"'{text}' is not the name of a repository: it must be {RepositoryName.Grammar}."));
        var options = new CheckOptions(run.Flags.Contains("--digests"), run.Flags.Contains("--repair"), [.. names.Distinct()]);
        var json = run.Flags.Contains("--json");
        var report = await run.Services.GetRequiredService<IntegrityCheck>().RunAsync(
            options,
            finding => run.Output.WriteLine(json ? JsonSerializer.Serialize(finding, CheckJson.Default.Finding) : finding.ToString()),
            run.CancellationToken);
        run.Output.WriteLine(json ? JsonSerializer.Serialize(report, CheckJson.Default.CheckReport) : report.ToString());
        return report.IsSound ? 0 : NotSound;
    }
}
