using System.Diagnostics;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Registry.Server.Azurite;

/// <summary>An Azurite process of the server: blob and table services on free ports of 127.0.0.1, with their data in one folder.</summary>
/// <remarks>It shuts down cleanly however this process ends, because it watches its standard input for the end.</remarks>
public sealed class AzuriteProcess : IAsyncDisposable
{
    /// <summary>The emulator's well-known name; the key is random (<see cref="DataFolder"/>).</summary>
    const string Account = "devstoreaccount1";

    static readonly TimeSpan s_shutdownTimeout = TimeSpan.FromSeconds(60);

    readonly Process _process;

    AzuriteProcess(
        Process process, string folder, string key, int blobPort, int tablePort, IEnumerable<(string Name, string Key)> moreAccounts)
    {
        _process = process;
        Folder = folder;
        ConnectionString = ConnectionTo(blobPort, tablePort, Account, key);
        MoreAccounts = [.. moreAccounts.Select(account => ConnectionTo(blobPort, tablePort, account.Name, account.Key))];
        Ended = process.WaitForExitAsync();
    }

    public string Folder { get; }

    public string ConnectionString { get; }

    /// <summary>Connection strings of the accounts in addition to the well-known one; each has tables and containers of its own.</summary>
    internal IReadOnlyList<string> MoreAccounts { get; }

    /// <summary>Id of the process, for tests that freeze it.</summary>
    internal int ProcessId => _process.Id;

    /// <summary>Completes when Azurite has ended, expectedly or not.</summary>
    public Task Ended { get; }

    /// <summary>
    /// Starts Azurite, and installs it before if necessary. Waits for an earlier process on the same folder that is shutting down.
    /// </summary>
    /// <param name="folder">Data folder; created if necessary.</param>
    /// <param name="log">Receives messages about steps that take long.</param>
    /// <param name="cancellationToken">Cancels the start.</param>
    /// <exception cref="StartupException">Azurite cannot be installed or started.</exception>
    public static Task<AzuriteProcess> StartAsync(string folder, TextWriter log, CancellationToken cancellationToken) =>
        StartAsync(folder, mode: null, moreAccounts: 0, log, cancellationToken);

    /// <summary>Starts Azurite, or connects to the one that a server runs on the folder.</summary>
    /// <returns>The process that was started, or null for a shared one; and the connection string.</returns>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    public static async Task<(AzuriteProcess? Own, string ConnectionString)> StartOrShareAsync(
        string folder, TextWriter log, CancellationToken cancellationToken)
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

    /// <summary>Starts an Azurite with temporary data, which it deletes when this process has ended.</summary>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    public static Task<AzuriteProcess> StartTemporaryAsync(TextWriter log, CancellationToken cancellationToken) =>
        StartTemporaryAsync(moreAccounts: 0, log, cancellationToken);

    /// <summary>The same with additional accounts, which Azurite reads at its start only.</summary>
    /// <inheritdoc cref="StartAsync(string, TextWriter, CancellationToken)"/>
    internal static Task<AzuriteProcess> StartTemporaryAsync(int moreAccounts, TextWriter log, CancellationToken cancellationToken) =>
        StartAsync(Directory.CreateTempSubdirectory("registry-").FullName, "temporary", moreAccounts, log, cancellationToken);

    static string ConnectionTo(int blobPort, int tablePort, string account, string key) =>
        $"DefaultEndpointsProtocol=http;AccountName={account};AccountKey={key};" +
        $"BlobEndpoint=http://127.0.0.1:{blobPort}/{account};TableEndpoint=http://127.0.0.1:{tablePort}/{account};";

    static async Task<AzuriteProcess> StartAsync(
        string folder, string? mode, int moreAccounts, TextWriter log, CancellationToken cancellationToken)
    {
        var key = DataFolder.Open(folder);
        var modules = await AzuriteInstallation.EnsureAsync(log, cancellationToken);
        var more = Enumerable.Range(1, moreAccounts)
            .Select(i => (Name: $"account{i}", Key: Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))))
            .ToList();
        var accounts = more.Prepend((Account, key)).Select(account => $"{account.Item1}:{account.Item2}");
        string[] arguments = [AzuriteInstallation.Launcher, modules, folder, .. mode is null ? Array.Empty<string>() : [mode]];
        var process = Process.Start(new ProcessStartInfo("node", arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["AZURITE_ACCOUNTS"] = string.Join(';', accounts) },
        })!;
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        try
        {
            while (await process.StandardOutput.ReadLineAsync(cancellationToken) is { } line)
            {
                if (!line.StartsWith('{')) continue;
                var message = JsonNode.Parse(line)!;
                if (message["waiting"] is not null)
                    await log.WriteLineAsync("Waiting for the Azurite of an earlier server to save its data and end.");
                (int Blob, int Table)? ports =
                    message["blobPort"] is { } blob && message["tablePort"] is { } table ? ((int)blob, (int)table) : null;
                if (message["inUse"] is not null)
                    throw new FolderInUseException(folder, ports is var (b, t) ? ConnectionTo(b, t, Account, key) : null);
                if (ports is not { } own) continue;
                // Drained, so that Azurite never blocks on a full pipe.
                _ = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
                return new AzuriteProcess(process, folder, key, own.Blob, own.Table, more);
            }
            throw new StartupException($"Azurite did not start: {(await errors).Trim().ReplaceLineEndings(" ")}");
        }
        catch (JsonException e)
        {
            throw new StartupException($"Azurite did not start: unexpected output. {e.Message}");
        }
    }

    /// <summary>Lets Azurite save its data and end.</summary>
    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await Ended.WaitAsync(s_shutdownTimeout);
        }
        catch (TimeoutException)
        {
            // Not killed, because it would lose acknowledged writes. It ends on its own once its data is saved.
            await Console.Error.WriteLineAsync($"Azurite (process {_process.Id}) is still saving its data.");
        }
        _process.Dispose();
    }
}

/// <summary>Another server uses the data folder.</summary>
/// <param name="folder">The data folder.</param>
/// <param name="connection">Connection string of that server's Azurite; null while it starts.</param>
sealed class FolderInUseException(string folder, string? connection)
    : StartupException($"Another server uses the data folder {folder}; stop it, or set another folder with --data.")
{
    public string? ConnectionString => connection;
}
