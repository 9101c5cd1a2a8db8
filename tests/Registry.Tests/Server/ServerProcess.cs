using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Registry.Tests.Server;

/// <summary>The real server in a process of its own, as a user starts it.</summary>
sealed partial class ServerProcess : IAsyncDisposable
{
    readonly Process _process;
    readonly ConcurrentQueue<string> _output = new();
    readonly TaskCompletionSource<Uri> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);

    ServerProcess(string[] args, IEnumerable<KeyValuePair<string, string>> environment, string? assembly = null)
    {
        var start = new ProcessStartInfo("dotnet", [assembly ?? typeof(Registry.Server.StartupException).Assembly.Location, .. args])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var (name, value) in environment) start.Environment[name] = value;
        // A full path, since a test may remove PATH.
        start.FileName = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        _process = new Process { StartInfo = start, EnableRaisingEvents = true };
        _process.OutputDataReceived += (_, line) => Read(line.Data);
        _process.ErrorDataReceived += (_, line) => Read(line.Data);
        _process.Exited += (_, _) => _ready.TrySetException(new InvalidOperationException("The server ended: " + Output));
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
    }

    public int Id => _process.Id;

    public string Output => string.Join('\n', _output);

    /// <summary>Starts a server and waits until it is ready.</summary>
    /// <param name="data">Folder of its storage; null if the arguments name another storage.</param>
    /// <param name="args">Further arguments.</param>
    public static Task<(ServerProcess Server, HttpClient Client)> StartAsync(string? data, params string[] args) =>
        StartAsync(["--urls", "http://127.0.0.1:0", .. data is null ? Array.Empty<string>() : ["--data", data], .. args]);

    /// <summary>Starts a server with exactly these arguments and waits until it is ready.</summary>
    public static Task<(ServerProcess Server, HttpClient Client)> StartAsync(string[] args,
        params IEnumerable<KeyValuePair<string, string>> environment) => WaitAsync(new ServerProcess(args, environment));

    /// <summary>Starts another build of the server, or another host of the registry, and waits until it is ready.</summary>
    /// <param name="assembly">Its <c>Server.dll</c>, for example.</param>
    /// <param name="args">All arguments.</param>
    /// <param name="environment">Variables in addition to those of this process.</param>
    public static Task<(ServerProcess Server, HttpClient Client)> StartBuildAsync(
        string assembly, string[] args, params IEnumerable<KeyValuePair<string, string>> environment) =>
        WaitAsync(new ServerProcess(args, environment, assembly));

    static async Task<(ServerProcess Server, HttpClient Client)> WaitAsync(ServerProcess server)
    {
        try
        {
            var address = await server._ready.Task.WaitAsync(TimeSpan.FromMinutes(3));
            return (server, new HttpClient { BaseAddress = address });
        }
        catch (Exception e) when (e is TimeoutException or InvalidOperationException)
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs a server that is expected to exit, and returns its output.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string[] args,
        params IEnumerable<KeyValuePair<string, string>> environment)
    {
        await using var server = new ServerProcess(args, environment);
        // No caller waits until it is ready.
        _ = server._ready.Task.ContinueWith(task => task.Exception, TaskScheduler.Default);
        await server._process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (server._process.ExitCode, server.Output);
    }

    /// <summary>Runs a command and kills it as soon as a condition holds; it may have ended by then.</summary>
    public static async Task RunAndKillAsync(string[] args, Func<Task<bool>> hasHappened)
    {
        await using var server = new ServerProcess(args, []);
        _ = server._ready.Task.ContinueWith(task => task.Exception, TaskScheduler.Default);
        while (!server._process.HasExited && !await hasHappened()) await Task.Yield();
        if (!server._process.HasExited) await server.SignalAsync("KILL");
    }

    /// <summary>
    /// Waits until the server has written <paramref name="text"/>: lines arrive one by one, some after it is ready.
    /// </summary>
    /// <exception cref="TimeoutException">It did not within half a minute.</exception>
    public async Task WaitForOutputAsync(string text)
    {
        for (var waited = 0; !Output.Contains(text, StringComparison.Ordinal); waited++)
        {
            if (waited == 600) throw new TimeoutException($"The server did not say \"{text}\", but: {Output}");
            await Task.Delay(50);
        }
    }

    public async Task<int> SignalAsync(string signal)
    {
        using (var kill = Process.Start("kill",
            [$"-{signal}", Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
        {
            await kill.WaitForExitAsync();
        }
        await _process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(1));
        return _process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (!_process.HasExited) await SignalAsync("TERM");
        }
        finally
        {
            if (!_process.HasExited) _process.Kill();
            _process.Dispose();
        }
    }

    void Read(string? line)
    {
        if (line is null) return;
        _output.Enqueue(line);
        if (Ready().Match(line) is { Success: true } match) _ready.TrySetResult(new Uri(match.Groups[1].Value));
    }

    [GeneratedRegex(@"^The registry is at (http\S+), ")]
    private static partial Regex Ready();
}
