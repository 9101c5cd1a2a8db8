using System.Collections.Concurrent;

namespace Registry.Tests.Clients;

/// <summary>
/// The clients on this machine: those on PATH, the others from Debian's packages, unpacked into a cache folder.
/// </summary>
static class ClientPrograms
{
    /// <summary>Overrides the cache folder; the server installs Azurite into the same one.</summary>
    const string CacheVariable = "REGISTRY_CACHE";

    /// <summary>The home page of each client, and the arguments that print its version.</summary>
    static readonly Dictionary<string, (string Home, string Version)> s_known = new()
    {
        ["oras"] = ("https://oras.land/docs/installation", "version"),
        ["crane"] = ("https://github.com/google/go-containerregistry", "version"),
        ["skopeo"] = ("https://github.com/containers/skopeo", "--version"),
        ["buildah"] = ("https://buildah.io", "--version"),
        ["podman"] = ("https://podman.io/docs/installation", "--version"),
        ["umoci"] = ("https://umo.ci", "--version"),
        ["ctr"] = ("https://containerd.io/downloads", "--version"),
        ["cosign"] = ("https://docs.sigstore.dev/cosign/system_config/installation", "version"),
        ["notation"] = ("https://notaryproject.dev/docs/user-guides/installation", "version"),
        ["docker"] = ("https://docs.docker.com/engine/install", "--version"),
        ["zstd"] = ("https://facebook.github.io/zstd", "--version"),
        ["chromium"] = ("https://www.chromium.org/getting-involved/download-chromium", "--version"),
    };

    static readonly ConcurrentDictionary<string, Lazy<Task<ClientProgram>>> s_found = new();

    static readonly Lazy<Task<string>> s_fetched = new(FetchAsync);

    /// <summary>The scripts beside this file.</summary>
    public static string Scripts { get; } = Path.Combine(SourceTree.Root, "tests", "Registry.Tests", "Clients");

    /// <summary>Where tests install what is kept for the next run.</summary>
    public static string Cache { get; } = Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "functions-registry");

    public static string Folder { get; } = Path.Combine(Cache, "clients");

    /// <summary>A client by name, fetched if it is missing.</summary>
    /// <exception cref="CommandException">
    /// It is missing and could not be fetched; the message states what to install.
    /// </exception>
    public static Task<ClientProgram> FindAsync(string name) => s_found.GetOrAdd(name, _ => new(() => OnPath(name) is { } path
        ? DescribeAsync(name, path)
        : FetchedAsync(name))).Value;

    /// <summary>A client from the cache folder, even if one is on PATH.</summary>
    public static async Task<ClientProgram> FetchedAsync(string name)
    {
        var error = "";
        if (!IsFetched(name)) error = await s_fetched.Value;
        if (!IsFetched(name))
        {
            throw new CommandException(
                $"These tests need {name}, which is not on this machine and could not be fetched into {Folder}. Install it " +
                    $"({s_known[name].Home}), "
                + $"or run the tests on Debian, where apt-get fetches it.\n{error}");
        }
        var packages = await File.ReadAllLinesAsync(Path.Combine(Folder, "versions", name));
        return new(name, Fetched(name), string.Join(", ", packages));
    }

    public static string? OnPath(string name) => (Environment.GetEnvironmentVariable("PATH") ?? "")
        .Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
        .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, $"{name}.exe") })
        .FirstOrDefault(File.Exists);

    static string Fetched(string name) => Path.Combine(Folder, "bin", name);

    static bool IsFetched(string name) => File.Exists(Fetched(name));

    static async Task<ClientProgram> DescribeAsync(string name, string path)
    {
        var version = await Command.RunAsync(path, [s_known[name].Version]);
        return new(name, path, version.Output.Trim());
    }

    /// <summary>Fetches all missing clients at once, since reading the package lists takes most of the time.</summary>
    /// <returns>The error, or an empty text.</returns>
    static async Task<string> FetchAsync()
    {
        try
        {
            using var turn = await WaitForTurnAsync();
            var missing = s_known.Keys.Where(name => !IsFetched(name) && (name is "docker" or "ctr" || OnPath(name) is null));
            var script = Path.Combine(Scripts, "fetch-clients.sh");
            var fetch = await Command.RunAsync("bash", [script, Folder, .. missing], timeout: TimeSpan.FromMinutes(10));
            return fetch.ExitCode == 0 ? "" : fetch.ToString();
        }
        catch (Exception e) when (e is CommandException or IOException or UnauthorizedAccessException)
        {
            return e.Message;
        }
    }

    /// <summary>One process fetches; others that started at the same time wait and find everything installed.</summary>
    static async Task<FileStream> WaitForTurnAsync()
    {
        Directory.CreateDirectory(Folder);
        var patience = DateTime.UtcNow.AddMinutes(11);
        while (true)
        {
            try
            {
                return new FileStream(Path.Combine(Folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (DateTime.UtcNow < patience)
            {
                await Task.Delay(200);
            }
        }
    }
}

/// <summary>A client program and its version.</summary>
sealed record ClientProgram(string Name, string Path, string Version);
