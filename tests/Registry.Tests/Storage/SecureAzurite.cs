using System.Diagnostics;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.RegularExpressions;
using Registry.Server.Azurite;

namespace Registry.Tests.Storage;

/// <summary>
/// Azurite's blob service over https, with a self-signed certificate, for tokens of an identity: it returns user delegation
/// keys only there.
/// </summary>
sealed partial class SecureAzurite : IAsyncDisposable
{
    const string Wrapper = "process.stdin.resume().on('end', () => process.exit(0)); require(process.argv.splice(2, 1)[0]);";

    readonly Process _process;
    readonly string _folder;

    SecureAzurite(Process process, string folder, X509Certificate2 certificate, Uri address) =>
        (_process, _folder, Certificate, Address) = (process, folder, certificate, address);

    public X509Certificate2 Certificate { get; }

    /// <summary>Address of the account.</summary>
    public Uri Address { get; }

    public static async Task<SecureAzurite> StartAsync()
    {
        var modules = await AzuriteInstallation.EnsureAsync(Console.Out, CancellationToken.None);
        var folder = Directory.CreateTempSubdirectory("registry-").FullName;
        string PathOf(string file) => Path.Combine(folder, file);
        var certificate = LoopbackCertificate.Create();
        await LoopbackCertificate.WriteAsync(certificate, folder);
        // It ends with this process, however that ends.
        await File.WriteAllTextAsync(PathOf("azurite.cjs"), Wrapper);
        var process = Process.Start(new ProcessStartInfo("node",
        [
            PathOf("azurite.cjs"), Path.Combine(modules, "azurite", "dist", "src", "blob", "main.js"),
                "--blobHost", "127.0.0.1", "--blobPort", "0",
            "--cert", PathOf("cert.pem"), "--key", PathOf("key.pem"),
                "--oauth", "basic", "--inMemoryPersistence", "--skipApiVersionCheck", "--disableTelemetry", "--silent",
        ])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder,
            // A key that nobody knows, since tests use tokens of an identity.
            Environment = { ["AZURITE_ACCOUNTS"] = $"devstoreaccount1:{Convert.ToBase64String(RandomNumberGenerator.GetBytes(64))}" },
        })!;
        var errors = process.StandardError.ReadToEndAsync();
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            if (ListeningAt().Match(line) is not { Success: true } listening) continue;
            _ = process.StandardOutput.ReadToEndAsync();
            return new SecureAzurite(process, folder, certificate, new Uri($"{listening.Value}/devstoreaccount1"));
        }
        throw new InvalidOperationException(await errors);
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync();
        _process.Dispose();
        Certificate.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex("https://127[.]0[.]0[.]1:[0-9]+")]
    private static partial Regex ListeningAt();
}
