using Azure;

namespace Registry.Server;

/// <summary>A command on the storage of a registry, whose hosts may keep running.</summary>
/// <param name="Words">Words that name the command, separated by a space.</param>
/// <param name="Operands">Number of operands that follow, such as names and digests.</param>
/// <param name="Flags">The command's own arguments without a value, such as <c>--json</c>.</param>
/// <param name="Values">The command's own arguments with a value.</param>
/// <param name="RunAsync">Runs the command and returns its exit code.</param>
sealed record StorageCommand(string Words, int Operands, string[] Flags, string[] Values, Func<CommandRun, Task<int>> RunAsync);

/// <summary>One run of a command.</summary>
/// <param name="Services">Services of the registry.</param>
/// <param name="Operands">The operands, as many as the command declares.</param>
/// <param name="Flags">The flags that were given.</param>
/// <param name="Values">The arguments with a value that were given, each with its values.</param>
/// <param name="Output">Receives the results; logs and errors are written to standard error.</param>
/// <param name="CancellationToken">Cancels the command (Ctrl-C).</param>
sealed record CommandRun(
    IServiceProvider Services,
    IReadOnlyList<string> Operands,
    IReadOnlySet<string> Flags,
    ILookup<string, string> Values,
    TextWriter Output,
    CancellationToken CancellationToken);

/// <summary>Commands on the storage of a registry. They take the server's settings, and share the Azurite of a running server.</summary>
static class StorageCommands
{
    public const string Help = $"""
        {CollectCommands.Help}
        {CheckCommands.Help}
        {BackupCommands.Help}
        """;

    /// <summary>Exit code after Ctrl-C, by the convention of shells: 128 and the number of SIGINT.</summary>
    const int Interrupted = 130;

    static readonly StorageCommand[] s_all = [.. CollectCommands.All, .. CheckCommands.All, .. BackupCommands.All];

    /// <summary>Runs the command that the arguments name.</summary>
    /// <returns>The exit code; null if the arguments are not a command of this class.</returns>
    /// <exception cref="StartupException">The arguments or settings are invalid, or the storage cannot be reached.</exception>
    public static async Task<int?> RunAsync(string[] args, TextWriter output)
    {
        if (s_all.FirstOrDefault(command => IsNamed(command, args)) is not { } found)
        {
            var isPrefix = args.Length > 0 && s_all.Any(command => command.Words.Split(' ')[0] == args[0]);
            return isPrefix ? throw new StartupException($"Unknown command. The commands are:\n{Help}") : null;
        }
        var words = found.Words.Split(' ').Length;
        var operands = args.Skip(words).TakeWhile(arg => !arg.StartsWith("--", StringComparison.Ordinal)).ToArray();
        if (operands.Length != found.Operands)
            throw new StartupException($"'{found.Words}' takes {found.Operands} operands, not {operands.Length}; see --help.");
        if (args.Contains("--help"))
        {
            output.WriteLine(Help);
            return 0;
        }
        var (flags, values, settings) = Sort(found, args[(words + operands.Length)..]);
        CommandLine.Check(settings);

        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false", .. settings]);
        builder.Logging.ClearProviders()
            .AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace)
            .SetMinimumLevel(LogLevel.Warning);
        builder.Services.AddRegistry(builder.Configuration);
        await using var azurite = await StorageConnection.StartOrShareAzuriteAsync(builder.Configuration, Console.Error);
        await using var app = builder.Build();
        var account = await StorageConnection.OpenAsync(app.Services);
        // A wrong data folder would look like an empty registry.
        var storage = builder.Configuration["data"] is { } data ? $"Azurite in {Path.GetFullPath(data)}" : account.Endpoint.ToString();
        Console.Error.WriteLine($"The storage is {storage}.");

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
        // The SDK has retried the request before it fails.
        catch (Exception e) when (IsStorageFailure(e))
        {
            var cause = e is AggregateException several ? several.InnerExceptions[^1] : e;
            throw new StartupException(
                $"The storage account failed or did not respond: {cause.Message.Split('\n')[0].Trim()} Run the command again; "
                + "completed work is kept.");
        }
    }

    static bool IsStorageFailure(Exception e) =>
        e is RequestFailedException
        || (e is AggregateException all && all.InnerExceptions.All(inner => inner is RequestFailedException or OperationCanceledException));

    static bool IsNamed(StorageCommand command, string[] args) =>
        args.Take(command.Words.Split(' ').Length).SequenceEqual(command.Words.Split(' '));

    /// <summary>Separates the command's own arguments from settings.</summary>
    static (HashSet<string> Flags, ILookup<string, string> Values, string[] Settings) Sort(StorageCommand command, string[] args)
    {
        var flags = new HashSet<string>();
        var values = new List<(string Name, string Value)>();
        var settings = new List<string>();
        for (var i = 0; i < args.Length; i++)
        {
            if (command.Flags.Contains(args[i])) flags.Add(args[i]);
            else if (!command.Values.Contains(args[i])) settings.Add(args[i]);
            else if (i + 1 == args.Length) throw new StartupException($"{args[i]} needs a value; see --help.");
            else values.Add((args[i], args[++i]));
        }
        return (flags, values.ToLookup(pair => pair.Name, pair => pair.Value), [.. settings]);
    }
}
