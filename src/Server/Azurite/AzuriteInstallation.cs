using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Registry.Server.Azurite;

/// <summary>Installs Azurite from npm, in the versions of package-lock.json beside this file, once for each user and lock file.</summary>
static class AzuriteInstallation
{
    /// <summary>Environment variable that overrides the folder of installations.</summary>
    const string CacheVariable = "REGISTRY_CACHE";

    const int OldestNode = 20;

    public static string Launcher => Path.Combine(Source, "launcher.cjs");

    static string Source => Path.Combine(AppContext.BaseDirectory, "Azurite");

    /// <summary>Installs Azurite unless it is installed.</summary>
    /// <param name="log">Receives a line when Azurite is being installed.</param>
    /// <param name="cancellationToken">Cancels the installation and deletes what was downloaded.</param>
    /// <returns>The folder <c>node_modules</c>.</returns>
    /// <exception cref="StartupException">Node or npm is missing or too old, or npm failed.</exception>
    public static async Task<string> EnsureAsync(TextWriter log, CancellationToken cancellationToken)
    {
        await CheckNodeAsync(cancellationToken);
        var lockFile = await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"), cancellationToken);
        var hash = Convert.ToHexStringLower(SHA256.HashData(lockFile));
        var folder = Path.Combine(CacheFolder(), $"azurite-{hash[..16]}");
        var modules = Path.Combine(folder, "node_modules");
        if (Directory.Exists(folder)) return modules;

        await log.WriteLineAsync($"Installing the storage emulator Azurite from npm into {folder}, once. This takes some seconds.");
        var temporary = $"{folder}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var file in new[] { "package.json", "package-lock.json" })
                File.Copy(Path.Combine(Source, file), Path.Combine(temporary, file), overwrite: true);
            var (exitCode, output) = await RunAsync(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm",
                ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"],
                temporary,
                cancellationToken);
            if (exitCode != 0) throw new StartupException($"npm could not install Azurite: {LastLine(output)}");
            // Of several servers that start at once, the first installs it for all.
            if (!Directory.Exists(folder)) Directory.Move(temporary, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            return modules;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException(
                $"Azurite cannot be installed into {folder}: {e.Message} Set another folder in the environment variable {CacheVariable}.");
        }
        finally
        {
            if (Directory.Exists(temporary)) Directory.Delete(temporary, recursive: true);
        }
        return modules;
    }

    static async Task CheckNodeAsync(CancellationToken cancellationToken)
    {
        var (_, output) = await RunAsync("node", ["--version"], AppContext.BaseDirectory, cancellationToken);
        if (!int.TryParse(output.Trim().TrimStart('v').Split('.')[0], out var major) || major < OldestNode)
            throw new StartupException($"Azurite needs Node.js {OldestNode} or newer; this is {output.Trim()}.");
    }

    static async Task<(int ExitCode, string Output)> RunAsync(
        string program, string[] arguments, string folder, CancellationToken cancellationToken)
    {
        try
        {
            using var process = Process.Start(new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = folder,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                RedirectStandardInput = true,
            })!;
            process.StandardInput.Close();
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return (process.ExitCode, await output + await errors);
        }
        catch (Win32Exception)
        {
            throw new StartupException(
                $"{program} was not found. Without storage settings the server starts the emulator Azurite, which needs Node.js "
                + $"{OldestNode} or newer with npm. Install it, or set Registry:Storage:ConnectionString to use a storage account.");
        }
    }

    static string LastLine(string text) =>
        text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "npm printed no error.";

    static string CacheFolder() => Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(
            Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify),
            "functions-registry");
}
