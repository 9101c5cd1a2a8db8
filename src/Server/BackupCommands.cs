using System.Text.Json;
using Registry.Backup;
using Registry.Storage;

namespace Registry.Server;

/// <summary>The commands that copy a registry into another storage account, and back.</summary>
static class BackupCommands
{
    public const string Help = """
          backup --to STORAGE [--json]               copies the registry into another storage account, or what has changed since.
                                                     STORAGE is a connection string, BLOBURI,TABLEURI, or a folder for an
                                                     Azurite. Ends with 2 if something could not be copied
          restore --from STORAGE [--json]            copies a backup into the storage account of the settings, which must be empty
        """;

    const int Incomplete = 2;

    public static IReadOnlyList<StorageCommand> All { get; } =
    [
        new("backup", 0, ["--json"], ["--to"], run => CopyAsync(
            run, "--to", create: true, (own, other, tell) => new RegistryCopy(own.GetRequiredService<StorageAccount>(), other.GetRequiredService<CopyTarget>(), tell).BackUpAsync(run.CancellationToken))),
        new("restore", 0, ["--json"], ["--from"], run => CopyAsync(
            run, "--from", create: false, (own, other, tell) => new RegistryCopy(other.GetRequiredService<StorageAccount>(), own.GetRequiredService<CopyTarget>(), tell).RestoreAsync(run.CancellationToken))),
    ];

    static async Task<int> CopyAsync(
        CommandRun run, string argument, bool create, Func<IServiceProvider, IServiceProvider, Action<CopyProblem>, Task<CopyReport>> copyAsync)
    {
        if (run.Values[argument].ToList() is not [var text]) throw new StartupException($"{argument} STORAGE must be given, once; --help shows how.");
        var json = run.Flags.Contains("--json");
        await using var other = await OtherStorage.OpenAsync(text, run.Services.GetRequiredService<IConfiguration>(), create);
        try
        {
            var report = await copyAsync(
                run.Services, other.Services, problem => run.Output.WriteLine(json ? JsonSerializer.Serialize(problem, CopyJson.Default.CopyProblem) : problem.ToString()));
            run.Output.WriteLine(json ? JsonSerializer.Serialize(report, CopyJson.Default.CopyReport) : report.ToString());
            return report.Problems == 0 ? 0 : Incomplete;
        }
        catch (CopyRefusedException e)
        {
            throw new StartupException(e.Message);
        }
    }
}
