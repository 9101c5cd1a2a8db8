using Azure;

namespace Registry.Server;

/// <summary>A command that works on a registry's storage, beside a server or without one.</summary>
/// <param name="Words">What it is called by, such as <c>deleted list</c>.</param>
/// <param name="Operands">How many words follow: names, digests.</param>
/// <param name="Flags">Its own arguments without a value, such as <c>--json</c>.</param>
/// <param name="Values">Its own arguments with a value.</param>
/// <param name="RunAsync">Does it.</param>
sealed record StorageCommand(string Words, int Operands, string[] Flags, string[] Values, Func<CommandRun, Task<int>> RunAsync);

/// <summary>One run of a command.</summary>
/// <param name="Services">Of the registry.</param>
/// <param name="Operands">As the command has them.</param>
/// <param name="Flags">Those that were given.</param>
/// <param name="Values">Those that were given, each with its values.</param>
/// <param name="Output">For what was asked for.</param>
/// <param name="CancellationToken">Ends it: Ctrl-C.</param>
sealed record CommandRun(
    IServiceProvider Services,
    IReadOnlyList<string> Operands,
    IReadOnlySet<string> Flags,
    ILookup<string, string> Values,
    TextWriter Output,
    CancellationToken CancellationToken);

/// <summary>The commands that work on a registry's storage. They take the server's settings, and share the Azurite of a server that runs on the same folder.</summary>
static class StorageCommands
{
    public const string Help = $"""
        {CollectCommands.Help}
        {CheckCommands.Help}
        {BackupCommands.Help}
        """;

    /// <summary>What shells take for "ended by Ctrl-C".</summary>
    const int Interrupted = 130;

    static readonly StorageCommand[] s_all = [.. CollectCommands.All, .. CheckCommands.All, .. BackupCommands.All];

    /// <summary>Runs the one that the arguments name.</summary>
    /// <returns>The exit code; null when they name none.</returns>
    /// <exception cref="StartupException">The arguments or the settings make no sense, or the storage cannot be reached.</exception>
    public static async Task<int?> RunAsync(string[] args, TextWriter output)
    {
        if (s_all.FirstOrDefault(command => IsNamed(command, args)) is not { } found)
        {
            var known = s_all.FirstOrDefault(command => args.Length > 0 && command.Words.Split(' ')[0] == args[0]);
            return known is null ? null : throw new StartupException($"The commands are:\n{Help}");
        }
        var words = found.Words.Split(' ').Length;
        var operands = args.Skip(words).TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
        if (operands.Length != found.Operands) throw new StartupException($"'{found.Words}' takes {found.Operands} words, not {operands.Length}; --help shows how.");
        if (args.Contains("--help"))
        {
            output.WriteLine(Help);
            return 0;
        }
        var (flags, values, settings) = Sort(found, args[(words + operands.Length)..]);
        CommandLine.Check(settings);

        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. settings]);
        builder.Logging.ClearProviders().AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRegistry(builder.Configuration);
        await using var azurite = await StorageConnection.StartOrShareAzuriteAsync(builder.Configuration, Console.Error);
        await using var app = builder.Build();
        var account = await StorageConnection.OpenAsync(app.Services);
        // A folder that was meant to be another would look like a registry without anything.
        Console.Error.WriteLine($"The storage is {(builder.Configuration["data"] is { } data ? $"Azurite in {Path.GetFullPath(data)}" : account.Endpoint)}.");

        using var stopping = new CancellationTokenSource();
        Console.CancelKeyPress += (_, press) =>
        {
            press.Cancel = true;
            stopping.Cancel();
        };
        try
        {
            var code = await found.RunAsync(new CommandRun(app.Services, operands, flags, values, output, stopping.Token));
            return stopping.IsCancellationRequested ? Interrupted : code;
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            throw new StartupException("Stopped.");
        }
        // The SDK has repeated the request by then.
        catch (Exception e) when (e is RequestFailedException || (e is AggregateException all && all.InnerExceptions.All(inner => inner is RequestFailedException or OperationCanceledException)))
        {
            var cause = e is AggregateException several ? several.InnerExceptions[^1] : e;
            throw new StartupException($"The storage account failed or did not answer: {cause.Message.Split('\n')[0].Trim()} Run the command again; what it has done is done.");
        }
    }

    static bool IsNamed(StorageCommand command, string[] args) => args.Take(command.Words.Split(' ').Length).SequenceEqual(command.Words.Split(' '));

    /// <summary>Tells the command's own arguments from settings.</summary>
    static (HashSet<string> Flags, ILookup<string, string> Values, string[] Settings) Sort(StorageCommand command, string[] args)
    {
        var flags = new HashSet<string>();
        var values = new List<(string Name, string Value)>();
        var settings = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (command.Flags.Contains(args[i])) flags.Add(args[i]);
            else if (!command.Values.Contains(args[i])) settings.Add(args[i]);
            else values.Add((args[i], ++i < args.Length ? args[i] : throw new StartupException($"{args[i - 1]} needs a value; --help shows how.")));
        }
        return (flags, values.ToLookup(pair => pair.Name, pair => pair.Value), [.. settings]);
    }
}
