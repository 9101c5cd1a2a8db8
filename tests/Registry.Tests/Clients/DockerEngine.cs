using Xunit;

namespace Registry.Tests.Clients;

/// <summary>
/// The engine that runs on this machine, or else Debian's, started for the tests that need one; these run sequentially.
/// </summary>
public sealed class DockerEngine : IAsyncLifetime
{
    /// <summary>Name of the test collection.</summary>
    public const string Collection = "docker";

    Daemon? _engine;

    internal ClientProgram Client { get; private set; } = null!;

    /// <summary>The arguments that connect the client to the engine.</summary>
    public IReadOnlyList<string> Arguments { get; private set; } = [];

    /// <summary>Why tests that need an engine are skipped here, or null. In CI they fail instead.</summary>
    public static string? SkipReason { get; } = Environment.GetEnvironmentVariable("CI") == "true" ? null : FindObstacle();

    public async Task InitializeAsync()
    {
        // xUnit creates the fixture for skipped tests too.
        if (SkipReason is not null) return;
        if (await FindRunningAsync() is { } running)
        {
            Client = running;
            return;
        }
        Client = await ClientPrograms.FetchedAsync("docker");
        _engine = await Daemon.StartAsync("run-dockerd.sh", Client, "--host", "unix://");
        Arguments = ["--host", $"unix://{_engine.Socket}"];
    }

    public async Task DisposeAsync()
    {
        if (_engine is not null) await _engine.DisposeAsync();
    }

    /// <summary>A client may be on PATH without a running engine.</summary>
    static async Task<ClientProgram?> FindRunningAsync()
    {
        if (ClientPrograms.OnPath("docker") is not { } path) return null;
        var version = await Command.RunAsync(path, ["version", "--format", "{{.Server.Version}}"], timeout: TimeSpan.FromSeconds(20));
        return version.ExitCode == 0 ? new("docker", path, $"engine {version.Output.Trim()}") : null;
    }

    static string? FindObstacle()
    {
        if (!OperatingSystem.IsLinux()) return "docker runs in a virtual machine here, from which it cannot reach a registry on 127.0.0.1";
        try
        {
            // The first step of run-dockerd.sh.
            if (Environment.IsPrivilegedProcess && Run("unshare", "--mount", "true") == 0) return null;
            return ClientPrograms.OnPath("docker") is { } docker && Run(docker, "version") == 0
                ? null
                : "docker has no engine here, and to start one needs root and the right to mount";
        }
        catch (CommandException e)
        {
            return e.Message;
        }
    }

    static int Run(string program, params string[] arguments) =>
        Command.RunAsync(program, arguments, timeout: TimeSpan.FromSeconds(20)).GetAwaiter().GetResult().ExitCode;
}

/// <summary>A test that needs docker's engine: skipped with a reason where none can run, but never in CI.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class DockerFactAttribute : FactAttribute
{
    public DockerFactAttribute() => Skip = DockerEngine.SkipReason;
}

/// <summary>A theory that needs docker's engine.</summary>
public sealed class DockerTheoryAttribute : TheoryAttribute
{
    public DockerTheoryAttribute() => Skip = DockerEngine.SkipReason;
}

/// <summary>The tests that share one engine.</summary>
[CollectionDefinition(DockerEngine.Collection)]
public class DockerCollection : ICollectionFixture<DockerEngine>;
