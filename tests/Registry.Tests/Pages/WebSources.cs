using System.Security.Cryptography;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Pages;

/// <summary>
/// A copy of <c>src/Web</c> with all of its packages, also those of development. The build installs only what it needs, and may
/// install it again while tests run, so the packages of the copy are in the cache folder, by the digest of the lock file.
/// </summary>
public sealed class WebSources : IAsyncLifetime
{
    static readonly string s_web = Path.Combine(SourceTree.Root, "src", "Web");

    static readonly string[] s_notCopied = ["node_modules", "dist"];

    readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("registry-web-");

    /// <summary>Copies the sources, and installs the packages unless an earlier run has.</summary>
    public async Task InitializeAsync()
    {
        Copy(s_web, _folder.FullName);
        Directory.CreateSymbolicLink(Path.Combine(_folder.FullName, "node_modules"), await InstallAsync());
    }

    /// <summary>Runs a script of <c>package.json</c>.</summary>
    internal Task<Command> RunAsync(string script, params (string Name, string Value)[] variables)
    {
        var environment = variables.Append(("NO_COLOR", "1")).ToDictionary(v => v.Item1, v => v.Item2);
        return Command.RunAsync("npm", ["run", script], _folder.FullName, environment, timeout: TimeSpan.FromMinutes(8));
    }

    public Task DisposeAsync()
    {
        _folder.Delete(recursive: true);
        return Task.CompletedTask;
    }

    /// <returns>The folder <c>node_modules</c>.</returns>
    static async Task<string> InstallAsync()
    {
        var digest = Convert.ToHexStringLower(SHA256.HashData(await File.ReadAllBytesAsync(Path.Combine(s_web, "package-lock.json"))));
        var folder = Path.Combine(ClientPrograms.Cache, $"web-{digest[..16]}");
        if (Directory.Exists(folder)) return Path.Combine(folder, "node_modules");
        // Renamed when it is complete: several runs may install at once, and the first one to finish counts.
        var installing = Path.Combine(ClientPrograms.Cache, $"web-{Guid.NewGuid():N}");
        Directory.CreateDirectory(installing);
        foreach (var file in new[] { "package.json", "package-lock.json" })
            File.Copy(Path.Combine(s_web, file), Path.Combine(installing, file));
        string[] install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
        (await Command.RunAsync("npm", install, installing, timeout: TimeSpan.FromMinutes(8))).Succeeded();
        if (!Directory.Exists(folder)) Directory.Move(installing, folder);
        return Path.Combine(folder, "node_modules");
    }

    static void Copy(string from, string to)
    {
        Directory.CreateDirectory(to);
        foreach (var file in Directory.GetFiles(from)) File.Copy(file, Path.Combine(to, Path.GetFileName(file)));
        foreach (var folder in Directory.GetDirectories(from).Where(folder => !s_notCopied.Contains(Path.GetFileName(folder))))
            Copy(folder, Path.Combine(to, Path.GetFileName(folder)));
    }
}
