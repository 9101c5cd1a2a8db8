using System.ComponentModel;
using System.Diagnostics;
using System.Security.Cryptography;

namespace Registry.Server.Azurite;

/// <summary>Azurite as npm package, in the versions of the lock file beside this, installed once for each user and lock file.</summary>
static class AzuriteInstallation
{
    /// <summary>The folder of the installations, when it is not to be the user's cache folder.</summary>
    const string CacheVariable = "REGISTRY_CACHE";

    const int OldestNode = 20;

    public static string Launcher => Path.Combine(Source, "launcher.cjs");

    static string Source => Path.Combine(AppContext.BaseDirectory, "Azurite");

    /// <summary>Makes sure that Azurite is installed.</summary>
    /// <param name="log">Is told when something has to be fetched.</param>
    /// <param name="cancellationToken">Ends the installation; what it had fetched is thrown away.</param>
    /// <returns>The folder <c>node_modules</c>.</returns>
    /// <exception cref="StartupException">Node or npm is missing or too old, or npm failed.</exception>
    public static async Task<string> EnsureAsync(TextWriter log, CancellationToken cancellationToken)
    {
        await CheckNodeAsync(cancellationToken);
        var hash = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(Source, "package-lock.json"), cancellationToken)));
        var folder = Path.Combine(CacheFolder(), $"azurite-{hash[..16]}");
        var modules = Path.Combine(folder, "node_modules");
        if (Directory.Exists(folder)) return modules;

        await log.WriteLineAsync($"Installing the storage emulator Azurite from npm into {folder}; this happens once and takes some seconds.");
        var temporary = $"{folder}.{Environment.ProcessId}";
        try
        {
            Directory.CreateDirectory(temporary);
            foreach (var file in new[] { "package.json", "package-lock.json" }) File.Copy(Path.Combine(Source, file), Path.Combine(temporary, file), overwrite: true);
            var (exitCode, output) = await RunAsync(
                OperatingSystem.IsWindows() ? "npm.cmd" : "npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], temporary, cancellationToken);
            if (exitCode != 0) throw new StartupException($"npm could not install Azurite: {LastLine(output)}");
            // Whoever of several that start at once is first has installed it for all.
            if (!Directory.Exists(folder)) Directory.Move(temporary, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            return modules;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartupException($"Azurite cannot be installed into {folder}: {e.Message} (another folder can be named in {CacheVariable}.)");
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
            throw new StartupException($"Azurite needs Node.js {OldestNode} or newer; this one is {output.Trim()}.");
    }

    static async Task<(int ExitCode, string Output)> RunAsync(string program, string[] arguments, string folder, CancellationToken cancellationToken)
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
                $"{program} was not found. Without storage settings the server starts the emulator Azurite, which needs Node.js {OldestNode} or newer with npm; "
                + "or set Registry:Storage:ConnectionString to use other storage.");
        }
    }

    static string LastLine(string text) => text.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).LastOrDefault() ?? "it said nothing.";

    static string CacheFolder() => Environment.GetEnvironmentVariable(CacheVariable) is { Length: > 0 } folder
        ? Path.GetFullPath(folder)
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "functions-registry");
}
