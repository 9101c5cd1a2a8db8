using System.Diagnostics;

namespace Registry.Tests.Clients;

/// <summary>A client's daemon in a folder of its own, from a script that ends it when its input is closed.</summary>
sealed class Daemon : IAsyncDisposable
{
    static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    readonly string _folder = Directory.CreateTempSubdirectory("daemon-").FullName;
    readonly Process _process;

    Daemon(string script, ClientProgram client)
    {
        string[] arguments =
        [
            "-c", "exec bash \"$0\" \"$@\" >\"$LOG\" 2>&1",
            Path.Combine(ClientPrograms.Scripts, script), Path.Combine(ClientPrograms.Folder, client.Name), _folder,
        ];
        var start = new ProcessStartInfo("bash", arguments) { RedirectStandardInput = true, Environment = { ["LOG"] = Log } };
        _process = Process.Start(start)!;
    }

    public string Socket => Path.Combine(_folder, "socket");

    string Log => Path.Combine(_folder, "log");

    /// <summary>Starts a daemon and waits until its client reaches it.</summary>
    /// <param name="script">In <see cref="ClientPrograms.Scripts"/>; gets the folder of the client and that of the daemon.</param>
    /// <param name="client">The client, fetched together with its daemon.</param>
    /// <param name="option">The client's option for the address of the socket.</param>
    /// <param name="scheme">What precedes the path in that address.</param>
    public static async Task<Daemon> StartAsync(string script, ClientProgram client, string option, string scheme = "")
    {
        var daemon = new Daemon(script, client);
        var watch = Stopwatch.StartNew();
        while ((await Command.RunAsync(client.Path, [option, scheme + daemon.Socket, "version"])).ExitCode != 0)
        {
            if (daemon._process.HasExited || watch.Elapsed > s_patience)
            {
                throw new CommandException(
                    $"The daemon of {client.Name} ({client.Version}) did not start:\n{await File.ReadAllTextAsync(daemon.Log)}");
            }
            await Task.Delay(100);
        }
        return daemon;
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
