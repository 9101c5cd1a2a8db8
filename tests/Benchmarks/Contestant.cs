using System.Diagnostics;
using System.Globalization;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Registry.Tests.Clients;
using Registry.Tests.Server;

namespace Registry.Benchmarks;

/// <summary>A registry under test: its address, and its process if this program started it and can measure it.</summary>
sealed class Contestant(string name, Uri address, int? processId, Func<ValueTask> end) : IAsyncDisposable
{
    public string Name => name;

    /// <summary>Host and port, as used in references.</summary>
    public string Host => address.Authority;

    public HttpClient Http { get; } = new() { BaseAddress = address, Timeout = TimeSpan.FromMinutes(10) };

    /// <summary>Peak memory in MiB since the last call; null if unknown.</summary>
    public int? TakePeakMemory()
    {
        if (processId is not { } id || !File.Exists($"/proc/{id}/status")) return null;
        var line = File.ReadLines($"/proc/{id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        // Linux: 5 resets the peak (proc(5), clear_refs).
        File.WriteAllText($"/proc/{id}/clear_refs", "5");
        return int.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
    }

    /// <summary>CPU time used so far, in seconds; null if unknown.</summary>
    public double? ProcessorTime => processId is { } id ? Process.GetProcessById(id).TotalProcessorTime.TotalSeconds : null;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await end();
    }

    /// <summary>This registry: the server in a process of its own.</summary>
    public static async Task<Contestant> StartOursAsync(string connection, params string[] args) =>
        Of("this registry", await ServerProcess.StartAsync(null, [StorageArgument(connection), .. args]));

    /// <summary>Another build of this registry.</summary>
    /// <param name="text"><c>NAME=FOLDER</c>: the folder that <c>dotnet publish src/Server</c> wrote.</param>
    /// <param name="connection">Its storage account, which must be its own: what is stored already is not uploaded again.</param>
    public static async Task<Contestant> StartBuildAsync(string text, string connection)
    {
        var (name, folder) = (text.Split('=', 2)[0], text.Split('=', 2)[1]);
        return Of(name, await ServerProcess.StartBuildAsync(
            Path.Combine(folder, "Server.dll"), ["--urls", "http://127.0.0.1:0", StorageArgument(connection)]));
    }

    /// <summary>Debian's docker-registry (distribution 2.8) on a folder; it has no driver for Azure.</summary>
    public static async Task<Contestant> StartDockerRegistryAsync(string folder)
    {
        var fetch = await Command.RunAsync("bash", [Path.Combine(ClientPrograms.Scripts, "fetch-clients.sh"),
            ClientPrograms.Folder, "docker-registry"], timeout: TimeSpan.FromMinutes(5));
        var program = fetch.ExitCode == 0 ? Path.Combine(ClientPrograms.Folder, "bin", "docker-registry")
            : throw new CommandException(fetch.ToString());
        return await StartDistributionAsync("docker-registry, files", program, folder,
            $$"""filesystem: { rootdirectory: "{{folder}}/data" }""");
    }

    /// <summary>A build of distribution with its driver for Azure, and the cache that its own example has.</summary>
    /// <param name="program">The program <c>registry</c>, built from distribution's source.</param>
    /// <param name="folder">Folder for its configuration.</param>
    /// <param name="connection">Its storage account.</param>
    public static async Task<Contestant> StartDistributionAsync(string program, string folder, string connection)
    {
        var container = new BlobContainerClient(connection, "distribution");
        await container.CreateIfNotExistsAsync();
        var key = connection.Split(';').First(part => part.StartsWith("AccountKey=", StringComparison.Ordinal))["AccountKey=".Length..];
        var service = container.GetParentBlobServiceClient().Uri.AbsoluteUri;
        return await StartDistributionAsync("distribution, azure", program, folder, $$"""
            cache: { blobdescriptor: inmemory }
              # Its URLs allow https only, which the emulator does not serve.
              redirect: { disable: true }
              azure:
                accountname: {{container.AccountName}}
                accountkey: "{{key}}"
                container: {{container.Name}}
                serviceurl: "{{service}}"
                credentials: { type: shared_key }
            """);
    }

    static async Task<Contestant> StartDistributionAsync(string name, string program, string folder, string storage)
    {
        Directory.CreateDirectory(folder);
        var port = FreePort();
        var configuration = Path.Combine(folder, "config.yml");
        await File.WriteAllTextAsync(configuration, $$"""
            version: 0.1
            log: { level: error, accesslog: { disabled: true } }
            storage:
              delete: { enabled: true }
              {{storage}}
            http: { addr: "127.0.0.1:{{port}}" }
            """);
        var process = Process.Start(new ProcessStartInfo(program, ["serve", configuration])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OTEL_TRACES_EXPORTER"] = "none" },
        })!;
        _ = process.StandardOutput.ReadToEndAsync();
        _ = process.StandardError.ReadToEndAsync();
        var registry = new Contestant(name, new Uri($"http://127.0.0.1:{port}"), process.Id, async () =>
        {
            process.Kill();
            await process.WaitForExitAsync();
        });
        await registry.WaitAsync();
        return registry;
    }

    /// <summary>A registry that is already running.</summary>
    /// <param name="text"><c>NAME=http://HOST:PORT</c>, optionally with <c>,PID</c> to measure its process.</param>
    public static async Task<Contestant> FindAsync(string text)
    {
        var (name, rest) = (text.Split('=', 2)[0], text.Split('=', 2)[1].Split(','));
        var registry = new Contestant(name, new Uri(rest[0]),
            rest.Length > 1 ? int.Parse(rest[1], CultureInfo.InvariantCulture) : null, () => ValueTask.CompletedTask);
        await registry.WaitAsync();
        return registry;
    }

    static Contestant Of(string name, (ServerProcess Server, HttpClient Client) started)
    {
        using (started.Client) return new(name, started.Client.BaseAddress!, started.Server.Id, started.Server.DisposeAsync);
    }

    static string StorageArgument(string connection) => $"--Registry:Storage:ConnectionString={connection}";

    async Task WaitAsync()
    {
        for (var tries = 0; ; tries++)
        {
            try
            {
                using var answer = await Http.GetAsync("/v2/");
                answer.EnsureSuccessStatusCode();
                return;
            }
            catch (HttpRequestException) when (tries < 100)
            {
                await Task.Delay(100);
            }
        }
    }

    static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }
}
