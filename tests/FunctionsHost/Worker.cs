using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Sockets;
using System.Threading.Channels;
using Grpc.Core;
using Registry.FunctionsHost.Protocol;

namespace Registry.FunctionsHost;

/// <summary>A worker process and the conversation with it.</summary>
sealed class Worker : IAsyncDisposable
{
    static readonly TimeSpan s_startTimeout = TimeSpan.FromMinutes(1);
    static readonly TimeSpan s_endTimeout = TimeSpan.FromSeconds(30);

    readonly string _app;
    readonly Process _process;
    readonly ConcurrentDictionary<string, TaskCompletionSource> _invocations = new();
    readonly ConcurrentDictionary<string, string> _names = new();
    readonly Channel<Message> _outgoing = Channel.CreateUnbounded<Message>();
    readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    List<FunctionMetadata> _toLoad = [];

    Worker(string app, string address, IReadOnlyDictionary<string, string> settings)
    {
        _app = app;
        string[] arguments =
        [
            Path.Combine(app, WorkerAssembly(app)), "--functions-uri", address, "--functions-worker-id", Id,
            "--functions-request-id", Guid.NewGuid().ToString(), "--functions-grpc-max-message-length", int.MaxValue.ToString(),
        ];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            WorkingDirectory = app,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        foreach (var (name, value) in settings) start.Environment[name] = value;
        start.Environment["FUNCTIONS_APPLICATION_DIRECTORY"] = app;
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(Worker).Assembly.Location;
        _process = Process.Start(start)!;
        // What it logs comes by gRPC as well.
        _ = _process.StandardOutput.BaseStream.CopyToAsync(Stream.Null);
        Ended = WaitForEndAsync();
    }

    public string Id { get; } = Guid.NewGuid().ToString();

    public int ProcessId => _process.Id;

    /// <summary>Completes when the process has ended, expectedly or not.</summary>
    public Task Ended { get; }

    public IReadOnlyList<Function> Functions { get; private set; } = [];

    /// <summary>Where the worker takes the requests of HTTP triggers.</summary>
    public Uri HttpAddress { get; private set; } = null!;

    /// <summary>Starts a process, which connects to <paramref name="rpc"/>.</summary>
    public static Worker Start(string app, RpcServer rpc, IReadOnlyDictionary<string, string> settings)
    {
        var worker = new Worker(app, rpc.Address, settings);
        rpc.Expect(worker);
        return worker;
    }

    /// <summary>Waits until it has loaded its functions.</summary>
    /// <exception cref="WorkerException">It ended, refused, or did not within a minute.</exception>
    public async Task WaitUntilReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _ready.Task.WaitAsync(s_startTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new WorkerException($"The worker was not ready within {s_startTimeout.TotalSeconds} seconds.");
        }
    }

    /// <summary>Invokes a function and waits until it has ended.</summary>
    /// <exception cref="WorkerException">It failed, or the worker ended.</exception>
    public async Task InvokeAsync(Function function, InvocationRequest request, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        (_invocations[request.Id], _names[request.Id]) = (ended, function.Name);
        if (Ended.IsCompleted) ended.TrySetException(Gone());
        request.FunctionId = function.Id;
        request.Trace ??= new TraceContext { Parent = Activity.Current?.Id ?? "" };
        Send(new Message { Invocation = request });
        await using var canceled = cancellationToken.Register(() => Send(new Message { Cancel = new Cancel { Id = request.Id } }));
        try
        {
            await ended.Task;
        }
        finally
        {
            _invocations.TryRemove(request.Id, out _);
            _names.TryRemove(request.Id, out _);
        }
    }

    /// <summary>The conversation, from the worker's first message on.</summary>
    public async Task TalkAsync(
        IAsyncStreamReader<Message> incoming, IAsyncStreamWriter<Message> outgoing, CancellationToken cancellationToken)
    {
        Send(new Message { Init = new InitRequest { HostVersion = "4.0.0", WorkerDirectory = _app, AppDirectory = _app } });
        var sending = SendAllAsync(outgoing, cancellationToken);
        while (await incoming.MoveNext(cancellationToken)) await ReceiveAsync(incoming.Current);
        _outgoing.Writer.TryComplete();
        await sending;
    }

    /// <summary>Lets the worker end, and kills it if it does not.</summary>
    public async ValueTask DisposeAsync()
    {
        Send(new Message { Terminate = new Terminate() });
        try
        {
            await Ended.WaitAsync(s_endTimeout);
        }
        catch (TimeoutException)
        {
            Console.Error.WriteLine($"The worker did not end within {s_endTimeout.TotalSeconds} seconds and is killed.");
            _process.Kill();
            await Ended;
        }
        _process.Dispose();
    }

    async Task ReceiveAsync(Message message)
    {
        switch (message.ContentCase)
        {
            case Message.ContentOneofCase.Initialized:
                HttpAddress = new Uri(message.Initialized.Capabilities["HttpUri"]);
                Send(new Message { List = new MetadataRequest { AppDirectory = _app } });
                break;
            case Message.ContentOneofCase.Listed:
                Check(message.Listed.Result, "describe its functions");
                _toLoad = [.. message.Listed.Functions];
                Functions = [.. _toLoad.Select(metadata => new Function(metadata))];
                foreach (var metadata in _toLoad)
                {
                    metadata.Directory = _app;
                    Send(new Message { Load = new LoadRequest { FunctionId = metadata.Id, Metadata = metadata } });
                }
                break;
            case Message.ContentOneofCase.Loaded:
                Check(message.Loaded.Result, "load a function");
                _toLoad.RemoveAll(metadata => metadata.Id == message.Loaded.FunctionId);
                if (_toLoad.Count > 0) break;
                await WaitForHttpAsync();
                _ready.TrySetResult();
                break;
            case Message.ContentOneofCase.Outcome when _invocations.TryGetValue(message.Outcome.Id, out var ended):
                if (message.Outcome.Result.Code == 1) ended.TrySetResult();
                else ended.TrySetException(new WorkerException(message.Outcome.Result.Exception?.Message ?? "The function was canceled."));
                break;
            case Message.ContentOneofCase.Log:
                WorkerLog.Write(message.Log, _names.GetValueOrDefault(message.Log.InvocationId));
                break;
        }
    }

    void Check(Result result, string what)
    {
        if (result.Code != 1) _ready.TrySetException(new WorkerException($"The worker could not {what}: {result.Exception?.Message}"));
    }

    /// <summary>The worker may say that it is ready before it listens.</summary>
    async Task WaitForHttpAsync()
    {
        while (!Ended.IsCompleted)
        {
            using var client = new TcpClient();
            try
            {
                await client.ConnectAsync(HttpAddress.Host, HttpAddress.Port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(20);
            }
        }
    }

    async Task SendAllAsync(IAsyncStreamWriter<Message> outgoing, CancellationToken cancellationToken)
    {
        await foreach (var message in _outgoing.Reader.ReadAllAsync(cancellationToken))
            await outgoing.WriteAsync(message, cancellationToken);
    }

    void Send(Message message) => _outgoing.Writer.TryWrite(message);

    async Task WaitForEndAsync()
    {
        await _process.WaitForExitAsync();
        _outgoing.Writer.TryComplete();
        _ready.TrySetException(Gone());
        foreach (var invocation in _invocations.Values) invocation.TrySetException(Gone());
    }

    WorkerException Gone() => new($"The worker ended with code {_process.ExitCode}.");

    static string WorkerAssembly(string app)
    {
        var description = System.Text.Json.Nodes.JsonNode.Parse(File.ReadAllText(Path.Combine(app, "worker.config.json")))!["description"]!;
        return (string)description["defaultWorkerPath"]!;
    }
}

sealed class WorkerException(string message) : Exception(message);
