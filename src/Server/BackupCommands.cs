using System.Text.Json;
using Registry.Backup;
using Registry.Storage;

namespace Registry.Server;

/// <summary>Commands that copy a registry to another storage account, and back.</summary>
static class BackupCommands
{
    public const string Help = """
          backup --to STORAGE [--json]               copies the registry, or what has changed since the last backup, to another
                                                     storage account. STORAGE is a connection string, BLOBURI,TABLEURI, or a
                                                     folder for Azurite. Exits with 2 if something could not be copied
          restore --from STORAGE [--json]            copies a backup to the configured storage account, which must be empty
        """;

    const int Incomplete = 2;

    public static IReadOnlyList<StorageCommand> All { get; } =
    [
        new("backup", 0, ["--json"], ["--to"], run => CopyAsync(
            run, "--to", create: true, (own, other, report) => Copy(own, other, report).BackUpAsync(run.CancellationToken))),
        new("restore", 0, ["--json"], ["--from"], run => CopyAsync(
            run, "--from", create: false, (own, other, report) => Copy(other, own, report).RestoreAsync(run.CancellationToken))),
    ];

    static RegistryCopy Copy(IServiceProvider source, IServiceProvider target, Action<CopyProblem> report) =>
        new(source.GetRequiredService<StorageAccount>(), target.GetRequiredService<CopyTarget>(), report);

    static async Task<int> CopyAsync(
        CommandRun run,
        string argument,
        bool create,
        Func<IServiceProvider, IServiceProvider, Action<CopyProblem>, Task<CopyReport>> copyAsync)
    {
        if (run.Values[argument].ToList() is not [var text])
            throw new StartupException($"{argument} STORAGE must be given exactly once; see --help.");
        var json = run.Flags.Contains("--json");
        await using var other = await OtherStorage.OpenAsync(text, run.Services.GetRequiredService<IConfiguration>(), create);
        try
        {
            var report = await copyAsync(
                run.Services,
                other.Services,
                problem => run.Output.WriteLine(
                    json ? JsonSerializer.Serialize(problem, CopyJson.Default.CopyProblem) : problem.ToString()));
            run.Output.WriteLine(json ? JsonSerializer.Serialize(report, CopyJson.Default.CopyReport) : report.ToString());
            return report.Problems == 0 ? 0 : Incomplete;
        }
        catch (CopyRefusedException e)
        {
            throw new StartupException(e.Message);
        }
    }
}
