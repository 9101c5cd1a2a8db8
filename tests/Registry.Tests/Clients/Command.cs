using System.ComponentModel;
using System.Diagnostics;

namespace Registry.Tests.Clients;

/// <summary>A program that has exited.</summary>
sealed record Command(string Line, int ExitCode, string Output, string Errors, TimeSpan Took)
{
    public static readonly TimeSpan DefaultTimeout = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program without input.</summary>
    /// <param name="program">Path, or a name on PATH.</param>
    /// <param name="arguments">The arguments, unquoted.</param>
    /// <param name="folder">Working directory.</param>
    /// <param name="environment">Variables in addition to those of this process.</param>
    /// <param name="timeout">Kills the program after this time; <see cref="DefaultTimeout"/> by default.</param>
    /// <exception cref="CommandException">It cannot be started, or did not end in time.</exception>
    public static async Task<Command> RunAsync(
        string program,
        IReadOnlyCollection<string> arguments,
        string? folder = null,
        IReadOnlyDictionary<string, string>? environment = null,
        TimeSpan? timeout = null)
    {
        var line = $"{Path.GetFileName(program)} {string.Join(' ', arguments)}";
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = folder ?? "",
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;

        var watch = Stopwatch.StartNew();
        using var process = new Process { StartInfo = start };
        try
        {
            process.Start();
        }
        catch (Win32Exception e)
        {
            throw new CommandException($"$ {line}\ncannot be started: {e.Message}");
        }
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync();
        var errors = process.StandardError.ReadToEndAsync();
        using var end = new CancellationTokenSource(timeout ?? DefaultTimeout);
        try
        {
            await process.WaitForExitAsync(end.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new CommandException($"$ {line}\nwas killed after {watch.Elapsed.TotalSeconds:0} s:\n{await output}{await errors}");
        }
        return new(line, process.ExitCode, await output, await errors, watch.Elapsed);
    }

    /// <returns>This command, if it succeeded.</returns>
    /// <exception cref="CommandException">It failed.</exception>
    public Command Succeeded() => ExitCode == 0 ? this : throw new CommandException(ToString());

    /// <returns>This command, if it failed.</returns>
    /// <exception cref="CommandException">It succeeded.</exception>
    public Command Failed() => ExitCode != 0 ? this : throw new CommandException($"This should have failed:\n{this}");

    public override string ToString() => $"$ {Line}\n{Output}{Errors}exit code {ExitCode} after {Took.TotalSeconds:0.0} s";
}

sealed class CommandException(string message) : Exception(message);
