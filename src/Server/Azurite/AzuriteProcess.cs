using System.Diagnostics;
using System.Security.Cryptography;
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

    AzuriteProcess(Process process, string folder, int blobPort, int tablePort, IEnumerable<(string Name, string Key)> moreAccounts)
    {
        _process = process;
        Folder = folder;
        ConnectionString = ConnectionTo(blobPort, tablePort, Account, Key);
        MoreAccounts = [.. moreAccounts.Select(account => ConnectionTo(blobPort, tablePort, account.Name, account.Key))];
        Ended = process.WaitForExitAsync();
    }

    public string Folder { get; }

    public string ConnectionString { get; }

    /// <summary>Connection strings of the accounts beside the emulator's own; each has tables and containers of its own.</summary>
    internal IReadOnlyList<string> MoreAccounts { get; }

    /// <summary>For tests, which freeze it.</summary>
    internal int ProcessId => _process.Id;

    /// <summary>Completes when Azurite has ended, wanted or not.</summary>
    public Task Ended { get; }

    /// <summary>Installs Azurite where it is not yet, and starts it. Waits for an earlier one on the same folder that is still ending.</summary>
    /// <param name="folder">For its data; created if need be.</param>
    /// <param name="log">Is told of what takes long.</param>
    /// <param name="cancellationToken">Ends the start.</param>
    /// <exception cref="StartupException">It cannot be: the message is one line for the user.</exception>
    public static Task<AzuriteProcess> StartAsync(string folder, TextWriter log, CancellationToken cancellationToken) =>
        StartAsync(folder, mode: null, moreAccounts: 0, log, cancellationToken);

    /// <summary>Starts one, or finds the one that a server runs on the folder.</summary>
    /// <returns>The one that was started, or null; and how to connect.</returns>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    public static async Task<(AzuriteProcess? Own, string ConnectionString)> StartOrShareAsync(string folder, TextWriter log, CancellationToken cancellationToken)
    {
        try
        {
            var own = await StartAsync(folder, "share", moreAccounts: 0, log, cancellationToken);
            return (own, own.ConnectionString);
        }
        catch (FolderInUseException e) when (e.ConnectionString is { } connection)
        {
            return (null, connection);
        }
    }

    /// <summary>Starts one whose data are of no use when this process has ended: Azurite then deletes them.</summary>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    public static Task<AzuriteProcess> StartTemporaryAsync(TextWriter log, CancellationToken cancellationToken) =>
        StartTemporaryAsync(moreAccounts: 0, log, cancellationToken);

    /// <summary>The same with accounts beside the emulator's own: Azurite reads them once, at its start.</summary>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    internal static Task<AzuriteProcess> StartTemporaryAsync(int moreAccounts, TextWriter log, CancellationToken cancellationToken) =>
        StartAsync(Directory.CreateTempSubdirectory("registry-").FullName, "temporary", moreAccounts, log, cancellationToken);

    static string ConnectionTo(int blobPort, int tablePort, string account, string key) =>
        $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};" +
        $"BlobEndpoint=http://127.0.0.1:{blobPort}/{account};TableEndpoint=http://127.0.0.1:{tablePort}/{account};";

    static async Task<AzuriteProcess> StartAsync(string folder, string? mode, int moreAccounts, TextWriter log, CancellationToken cancellationToken)
    {
        MakeWritable(folder);
        var modules = await AzuriteInstallation.EnsureAsync(log, cancellationToken);
        var more = Enumerable.Range(1, moreAccounts).Select(i => ($"account{i}", Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)))).ToList();
        var process = Process.Start(new ProcessStartInfo("node", mode is null ? [AzuriteInstallation.Launcher, modules, folder] : [AzuriteInstallation.Launcher, modules, folder, mode])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AZURITE_ACCOUNTS"] = string.Join(';', more.Prepend((Account, Key)).Select(account => $"{account.Item1}:{account.Item2}")) },
        })!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (!line.StartsWith('{')) continue;
                var message = JsonNode.Parse(line)!;
                if (message["waiting"] is not null) await log.WriteLineAsync("Waiting for the storage of an earlier server to write down its last changes.");
                var ports = message["blobPort"] is { } blob && message["tablePort"] is { } table ? ((int)blob, (int)table) : ((int Blob, int Table)?)null;
                if (message["inUse"] is not null) throw new FolderInUseException(folder, ports is var (b, t) ? ConnectionTo(b, t, Account, Key) : null);
                if (ports is not { } own) continue;
                // Read to the end, so that it never waits for somebody to read.
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new AzuriteProcess(process, folder, own.Blob, own.Table, more);
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

/// <summary>Another server runs its storage on the folder.</summary>
/// <param name="folder">With the data.</param>
/// <param name="connection">To that storage; null while it starts.</param>
sealed class FolderInUseException(string folder, string? connection)
    : StartupException($"Another server uses the data folder {folder}; stop it, or name another folder with --data.")
{
    public string? ConnectionString => connection;
}
