using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>A test that runs clients in a folder and home directory of its own, against a repository of its own.</summary>
public abstract class ClientTest : IDisposable
{
    readonly ITestOutputHelper _output;
    readonly Dictionary<string, string> _environment;
    readonly ConcurrentDictionary<string, bool> _told = new();

    protected ClientTest(TestRegistry registry, ITestOutputHelper output)
    {
        Registry = registry;
        _output = output;
        Folder = Directory.CreateTempSubdirectory("registry-clients-").FullName;
        var home = Path.Combine(Folder, "home");
        _environment = new()
        {
            ["HOME"] = home,
            ["DOCKER_CONFIG"] = Path.Combine(home, ".docker"),
            ["XDG_CONFIG_HOME"] = Path.Combine(home, ".config"),
            ["XDG_CACHE_HOME"] = Path.Combine(home, ".cache"),
            ["XDG_DATA_HOME"] = Path.Combine(home, ".local", "share"),
            ["XDG_RUNTIME_DIR"] = home,
            // skopeo stores whole layers there.
            ["TMPDIR"] = home,
            // As root, skopeo would record in /var where it saw which layer; as another user it does so in XDG_DATA_HOME.
            ["_CONTAINERS_ROOTLESS_UID"] = "1000",
            ["CONTAINERS_CONF"] = Path.Combine(home, ".config", "containers", "containers.conf"),
            // cosign generates keys without prompting.
            ["COSIGN_PASSWORD"] = "",
        };
        // podman has locks and a journal for the whole machine otherwise.
        WriteFile("home/.config/containers/containers.conf", "[engine]\nlock_type = \"file\"\nevents_logger = \"none\"\n");
        // buildah and podman refuse to start without it where DOCKER_CONFIG is set.
        WriteFile("home/.docker/config.json", "{}");
        // skopeo refuses to copy without a policy for signatures.
        WriteFile("home/.config/containers/policy.json", """{"default":[{"type":"insecureAcceptAnything"}]}""");
    }

    protected TestRegistry Registry { get; }

    protected HttpClient Http => Registry.Client;

    /// <summary>The repository's name, which no other test uses.</summary>
    protected string Name { get; } = TestRegistry.NewName();

    /// <summary>The repository as used in references: host, port and name.</summary>
    protected string Repository => $"{Registry.Host}/{Name}";

    /// <summary>Working directory of every command; deleted after the test.</summary>
    protected string Folder { get; }

    /// <summary>Runs a client that has to succeed.</summary>
    /// <param name="line">The command line, without quoting: a blank always ends an argument.</param>
    /// <returns>Its standard output, trimmed.</returns>
    protected async Task<string> RunAsync(string line) => (await TryAsync(line)).Succeeded().Output.Trim();

    /// <summary>Runs a client that writes JSON.</summary>
    protected async Task<JsonNode> RunForJsonAsync(string line) => JsonNode.Parse(await RunAsync(line))!;

    /// <summary>Runs a client that has to fail.</summary>
    /// <returns>Its standard error.</returns>
    protected async Task<string> FailAsync(string line) => (await TryAsync(line)).Failed().Errors;

    /// <summary>Runs a client that may succeed or fail.</summary>
    private protected async Task<Command> TryAsync(string line)
    {
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var program = await FindProgramAsync(words[0]);
        if (_told.TryAdd(program.Path, true)) _output.WriteLine($"{program.Path}: {program.Version}");
        var command = await Command.RunAsync(program.Path, [.. ArgumentsBefore(words[0]), .. words[1..]], Folder, _environment);
        _output.WriteLine($"{command}\n");
        return command;
    }

    private protected virtual Task<ClientProgram> FindProgramAsync(string name) => ClientPrograms.FindAsync(name);

    /// <summary>Arguments that precede those of the command line.</summary>
    private protected virtual IEnumerable<string> ArgumentsBefore(string name) => name is "podman" or "buildah"
        ? ["--root", PathOf("store"), "--runroot", PathOf("run"), "--storage-driver", "vfs"]
        : [];

    protected string PathOf(string file) => Path.Combine(Folder, file);

    protected void WriteFile(string file, string content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(PathOf(file))!);
        File.WriteAllText(PathOf(file), content);
    }

    protected string ReadFile(string file) => File.ReadAllText(PathOf(file));

    /// <summary>The referrers of a manifest, as the registry lists them.</summary>
    protected async Task<JsonArray> ReadReferrersAsync(string digest, string? name = null) =>
        (await Http.GetJsonAsync($"/v2/{name ?? Name}/referrers/{digest}"))["manifests"]!.AsArray();

    public void Dispose()
    {
        GC.SuppressFinalize(this);
        Directory.Delete(Folder, recursive: true);
    }
}
