using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Yarp.ReverseProxy.Forwarder;

namespace Registry.Tests;

/// <summary>A request that the proxy forwarded, and the bytes of its bodies.</summary>
/// <param name="ToUploadHost">Whether it was below the path of the upload host.</param>
/// <param name="Method">Its method.</param>
/// <param name="Path">Its path, as the client sent it.</param>
/// <param name="HasCredentials">Whether it had the header Authorization.</param>
/// <param name="Sent">Bytes of the request's body.</param>
/// <param name="Received">Bytes of the response's body.</param>
public sealed record ForwardedRequest(bool ToUploadHost, string Method, string Path, bool HasCredentials, long Sent, long Received);

/// <summary>
/// One name for a registry and its upload host: a reverse proxy, which forwards what is below <c>/uploads</c> to the upload host and
/// everything else to the registry. It streams bodies.
/// </summary>
/// <remarks>It is started before the two, since their settings have its address; <see cref="SetTargets"/> tells it theirs.</remarks>
public sealed class FrontProxy : IAsyncDisposable
{
    const string Path = "/uploads";

    readonly WebApplication _app;
    readonly HttpMessageInvoker _client = new(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, UseCookies = false });
    readonly ConcurrentQueue<ForwardedRequest> _requests = new();
    readonly bool _stripsPath;
    readonly bool _passesHost;
    Uri? _registry;
    Uri? _uploadHost;

    FrontProxy(bool stripsPath, bool passesHost)
    {
        (_stripsPath, _passesHost) = (stripsPath, passesHost);
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Limits.MaxRequestBodySize = null);
        builder.Services.AddHttpForwarder();
        _app = builder.Build();
        _app.Run(ForwardAsync);
    }

    /// <summary>The one name, for clients.</summary>
    public Uri Address { get; private set; } = null!;

    /// <summary>The setting <c>Registry:Uploads:Location</c> of both.</summary>
    public Uri UploadLocation => new(Address, Path);

    /// <summary>The requests that have ended.</summary>
    public IReadOnlyCollection<ForwardedRequest> Requests => _requests;

    /// <summary>Starts the proxy.</summary>
    /// <param name="stripsPath">Whether the upload host gets paths without <c>/uploads</c>.</param>
    /// <param name="passesHost">Whether the header Host is passed on, or replaced by the name of the target.</param>
    public static async Task<FrontProxy> StartAsync(bool stripsPath = false, bool passesHost = true)
    {
        var proxy = new FrontProxy(stripsPath, passesHost);
        await proxy._app.StartAsync();
        proxy.Address = new(proxy._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single());
        return proxy;
    }

    public void SetTargets(Uri registry, Uri uploadHost) => (_registry, _uploadHost) = (registry, uploadHost);

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _client.Dispose();
    }

    async Task ForwardAsync(HttpContext context)
    {
        var request = context.Request;
        var path = request.Path;
        var toUploadHost = path.StartsWithSegments(Path, out var below);
        if (toUploadHost && _stripsPath) request.Path = below;
        var sent = new CountingStream(request.Body);
        var received = new CountingStream(context.Response.Body);
        (request.Body, context.Response.Body) = (sent, received);
        var hasCredentials = request.Headers.ContainsKey("Authorization");
        var target = (toUploadHost ? _uploadHost : _registry) ?? throw new InvalidOperationException("The proxy has no targets yet.");
        await context.RequestServices.GetRequiredService<IHttpForwarder>().SendAsync(
            context,
            target.ToString(),
            _client,
            new ForwarderRequestConfig { ActivityTimeout = TimeSpan.FromMinutes(5) },
            (_, forwarded) =>
            {
                // Null is the name of the target.
                forwarded.Headers.Host = _passesHost ? request.Host.Value : null;
                return default;
            });
        _requests.Enqueue(new(toUploadHost, request.Method, path.ToString(), hasCredentials, sent.Count, received.Count));
    }

    sealed class CountingStream(Stream stream) : Stream
    {
        public long Count { get; private set; }

        public override bool CanRead => stream.CanRead;

        public override bool CanWrite => stream.CanWrite;

        public override bool CanSeek => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await stream.ReadAsync(buffer, cancellationToken);
            Count += read;
            return read;
        }

        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await stream.WriteAsync(buffer, cancellationToken);
            Count += buffer.Length;
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushAsync(cancellationToken);

        public override void Flush() => throw new NotSupportedException();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
