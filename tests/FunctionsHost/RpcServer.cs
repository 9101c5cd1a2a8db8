using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Registry.FunctionsHost.Protocol;

namespace Registry.FunctionsHost;

/// <summary>The gRPC server that workers connect to, on a free port of 127.0.0.1.</summary>
sealed class RpcServer : IAsyncDisposable
{
    readonly WebApplication _app;
    readonly ConcurrentDictionary<string, Worker> _expected = new();

    RpcServer()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.Listen(System.Net.IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc => grpc.MaxReceiveMessageSize = null);
        builder.Services.AddSingleton(this);
        _app = builder.Build();
        _app.MapGrpcService<Service>();
    }

    public string Address => _app.Urls.Single();

    /// <summary>Canceled at SIGTERM and Ctrl-C.</summary>
    public CancellationToken Stopping => _app.Lifetime.ApplicationStopping;

    public static async Task<RpcServer> StartAsync()
    {
        var server = new RpcServer();
        await server._app.StartAsync();
        return server;
    }

    /// <summary>Only expected workers may connect, each once.</summary>
    public void Expect(Worker worker) => _expected[worker.Id] = worker;

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    sealed class Service(RpcServer server) : FunctionRpc.FunctionRpcBase
    {
        public override async Task EventStream(
            IAsyncStreamReader<Message> requestStream, IServerStreamWriter<Message> responseStream, ServerCallContext context)
        {
            if (await requestStream.MoveNext(context.CancellationToken)
                && server._expected.TryRemove(requestStream.Current.Hello?.WorkerId ?? "", out var worker))
            {
                await worker.TalkAsync(requestStream, responseStream, context.CancellationToken);
            }
        }
    }
}
