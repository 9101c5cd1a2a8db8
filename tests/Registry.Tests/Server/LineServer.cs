using System.Net;
using System.Text.RegularExpressions;
using Registry.Tests.Attacks;
using Xunit;

namespace Registry.Tests.Server;

/// <summary>The real server process with and without TLS, and clients whose requests have any <see cref="Framing"/>.</summary>
public sealed partial class LineServer : IAsyncLifetime
{
    readonly string _folder = Directory.CreateTempSubdirectory("registry-").FullName;
    string _thumbprint = "";
    Uri? _tls;

    internal AttackedServer Server { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        using var certificate = LoopbackCertificate.Create();
        await LoopbackCertificate.WriteAsync(certificate, _folder);
        _thumbprint = certificate.Thumbprint;
        Server = await AttackedServer.StartAsync(settings:
        [
            "--urls", "http://127.0.0.1:0;https://127.0.0.1:0",
            $"--Kestrel:Certificates:Default:Path={Path.Combine(_folder, "cert.pem")}",
            $"--Kestrel:Certificates:Default:KeyPath={Path.Combine(_folder, "key.pem")}",
            "--Logging:LogLevel:Microsoft.Hosting.Lifetime=Information",
        ]);
        // The server's own line names the first address only.
        _tls = new Uri(ListeningWithTls().Match(await Server.WaitForOutputAsync("listening on: https")).Value);
    }

    /// <summary>A client with connections of its own.</summary>
    public HttpClient Connect(Framing framing)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.GetCertHashString() == _thumbprint,
            },
        };
        return new HttpClient(handler)
        {
            BaseAddress = framing == Framing.Http2 ? _tls : Server.Client.BaseAddress,
            DefaultRequestVersion = framing == Framing.Http2 ? HttpVersion.Version20 : HttpVersion.Version11,
            DefaultVersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    public async Task DisposeAsync()
    {
        await Server.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [GeneratedRegex("https://127[.]0[.]0[.]1:[0-9]+")]
    private static partial Regex ListeningWithTls();
}
