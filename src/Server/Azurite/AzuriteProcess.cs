using System.Diagnostics;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Registry.Server.Azurite;

/// <summary>An Azurite of our own: its blob and table services on free ports of 127.0.0.1, its data in one folder.</summary>
/// <remarks>It ends softly when this process ends in whatever way, because it reads its standard input to the end.</remarks>
public sealed class AzuriteProcess : IAsyncDisposable
{
    // The emulator's account and key, the same everywhere; they open nothing else.
    const string Account = "devstoreaccount1";
    const string Key = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==";

    static readonly TimeSpan s_longestEnd = TimeSpan.FromSeconds(60);

    readonly Process _process;

    AzuriteProcess(Process process, string folder, int blobPort, int tablePort)
    {
        _process = process;
        Folder = folder;
        ConnectionString =
            $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Key};" +
            $"BlobEndpoint=http://127.0.0.1:{blobPort}/{Account};TableEndpoint=http://127.0.0.1:{tablePort}/{Account};";
        Ended = process.WaitForExitAsync();
    }

    public string Folder { get; }

    public string ConnectionString { get; }

    /// <summary>Completes when Azurite has ended, wanted or not.</summary>
    public Task Ended { get; }

    /// <summary>Installs Azurite where it is not yet, and starts it. Waits for an earlier one on the same folder that is still ending.</summary>
    /// <param name="folder">For its data; created if need be.</param>
    /// <param name="log">Is told of what takes long.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="StartupException">It cannot be: the message is one line for the user.</exception>
    public static Task<AzuriteProcess> StartAsync(string folder, TextWriter log, CancellationToken cancellationToken) =>
        StartAsync(folder, temporary: false, log, cancellationToken);

    /// <summary>Starts one whose data are of no use when this process has ended: Azurite then deletes them.</summary>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    public static Task<AzuriteProcess> StartTemporaryAsync(TextWriter log, CancellationToken cancellationToken) =>
        StartAsync(Directory.CreateTempSubdirectory("registry-").FullName, temporary: true, log, cancellationToken);

    static async Task<AzuriteProcess> StartAsync(string folder, bool temporary, TextWriter log, CancellationToken cancellationToken)
    {
        MakeWritable(folder);
        var modules = await AzuriteInstallation.EnsureAsync(log, cancellationToken);
        var process = Process.Start(new ProcessStartInfo("node", temporary ? [AzuriteInstallation.Launcher, modules, folder, "temporary"] : [AzuriteInstallation.Launcher, modules, folder])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (!line.StartsWith('{')) continue;
                var message = JsonNode.Parse(line)!;
                if (message["waiting"] is not null) await log.WriteLineAsync("Waiting for the storage of an earlier server to write down its last changes.");
                if (message["inUse"] is not null) throw new StartupException($"Another server uses the data folder {folder}; stop it, or name another folder with --data.");
                if (message["blobPort"] is null) continue;
                // Read to the end, so that it never waits for somebody to read.
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new AzuriteProcess(process, folder, (int)message["blobPort"]!, (int)message["tablePort"]!);
            }
            throw new StartupException($"Azurite did not start: {(await errors).Trim().ReplaceLineEndings(" ")}");
        }
        catch (JsonException e)
        {
            throw new StartupException($"Azurite said something that cannot be understood: {e.Message}");
        }
    }

    /// <summary>Has Azurite write down everything and end.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await Ended.WaitAsync(s_longestEnd);
        }
        catch (TimeoutException)
        {
            // Not killed: it would forget what it has acknowledged. It goes on ending by itself.
            await Console.Error.WriteLineAsync($"Azurite (process {_process.Id}) is still writing down its data.");
        }
        _process.Dispose();
    }

    static void MakeWritable(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            var probe = Path.Combine(folder, $".probe-{Environment.ProcessId}-{Guid.NewGuid():N}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"The data folder {folder} cannot be written: {e.Message} Name another with --data.");
        }
    }
}
