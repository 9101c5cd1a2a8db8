using System.Globalization;
using System.Text.RegularExpressions;
using Registry.Tests.Clients;
using Registry.Tests.Server;

namespace Registry.Tests.Functions;

/// <summary>A host and its worker, on the Azurite that all tests share (<c>tests/FunctionsHost</c>).</summary>
public sealed partial class FunctionsRegistry : TestRegistry
{
    /// <summary>Of requests with a <c>Content-Length</c>, in bytes.</summary>
    public const long BodyLimit = 256 << 20;

    FunctionsRegistry(ServerProcess process, Uri address)
    {
        Process = process;
        Use(address);
    }

    /// <summary>The host.</summary>
    internal ServerProcess Process { get; }

    /// <summary>Id of the worker process that was started last.</summary>
    public int Worker => int.Parse(WorkerLine().Matches(Process.Output)[^1].Groups[1].ValueSpan, CultureInfo.InvariantCulture);

    int Crashes => Process.Output.Split("The worker has ended unexpectedly.").Length - 1;

    /// <summary>Starts a host and waits until it is ready.</summary>
    /// <param name="app">Folder of the published app.</param>
    /// <param name="settings">Settings of the app, as Azure passes them.</param>
    public static async Task<FunctionsRegistry> StartAsync(string app, IEnumerable<KeyValuePair<string, string>> settings)
    {
        var environment = new Dictionary<string, string>(settings)
        {
            ["Registry__Storage__ConnectionString"] = await SharedAzurite.GetConnectionStringAsync(),
            ["FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"] = BodyLimit.ToString(CultureInfo.InvariantCulture),
        };
        var program = Path.Combine(AppContext.BaseDirectory, "FunctionsHost.dll");
        var (process, client) = await ServerProcess.StartBuildAsync(program, ["--port", "0", "--app", app], environment);
        using (client) return new(process, client.BaseAddress!);
    }

    /// <summary>Ends the worker as a crash does, and waits until the host has noticed.</summary>
    public async Task KillWorkerAsync()
    {
        var crashes = Crashes;
        await WaitUntilAsync(() => Directory.Exists($"/proc/{Worker}"));
        (await Command.RunAsync("kill", ["-KILL", Worker.ToString(CultureInfo.InvariantCulture)])).Succeeded();
        await WaitUntilAsync(() => Crashes > crashes);
    }

    public override async Task DisposeAsync()
    {
        await Process.DisposeAsync();
        await base.DisposeAsync();
    }

    static async Task WaitUntilAsync(Func<bool> condition)
    {
        for (var waited = 0; !condition(); waited++)
        {
            if (waited == 600) throw new TimeoutException();
            await Task.Delay(50);
        }
    }

    [GeneratedRegex(@"The worker is process (\d+)\.")]
    private static partial Regex WorkerLine();
}
