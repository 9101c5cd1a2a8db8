using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Registry.Tests.FaultInjection;

/// <summary>
/// A proxy between the registry's processes and their storage that injects faults. Each user has two ports of its own, for
/// blobs and for tables, so that the trace shows who sent a request; the target may change.
/// </summary>
/// <remarks>
/// Requests and answers are buffered whole, which makes each fault exact; none is over 4 MiB, or a blob of this test. Shared
/// keys sign path and headers, not the host, so nothing needs to be signed again.
/// </remarks>
sealed class FaultyProxy : IAsyncDisposable
{
    const string Account = "devstoreaccount1";

    static readonly string[] s_ofConnection = ["Connection", "Keep-Alive", "Transfer-Encoding", "Host", "Expect"];

    readonly StorageTrace _trace;
    readonly TimeSpan _longestDelay;
    readonly ConcurrentDictionary<string, FaultPlan> _plans = new();
    readonly ConcurrentDictionary<Fault, int> _counts = new();
    readonly HttpClient _storage = new(new SocketsHttpHandler
    {
        UseProxy = false,
        UseCookies = false,
        AllowAutoRedirect = false,
        ActivityHeadersPropagator = null,
        // Less than Azurite's five seconds, so that no request is sent on a connection that is being closed.
        PooledConnectionIdleTimeout = TimeSpan.FromSeconds(2),
    })
    { Timeout = TimeSpan.FromMinutes(1) };

    WebApplication? _app;
    Dictionary<string, (Uri Blobs, Uri Tables)> _addresses = [];
    (string Blobs, string Tables) _target;
    long _longest;
    int _away;
    int _tooLate;

    FaultyProxy(StorageTrace trace, TimeSpan longestDelay) => (_trace, _longestDelay) = (trace, longestDelay);

    /// <summary>Whether faults are injected.</summary>
    public bool IsFaulty { get; set; }

    public IReadOnlyDictionary<Fault, int> Counts => _counts;

    /// <summary>Requests that found no storage, because it was restarting.</summary>
    public int Away => _away;

    /// <summary>Requests that were not forwarded, because this process was too slow.</summary>
    public int TooLate => _tooLate;

    /// <summary>The longest time from the arrival of a change here to its execution by the storage.</summary>
    public TimeSpan Longest => TimeSpan.FromTicks(Interlocked.Read(ref _longest));

    /// <summary>Starts the proxy.</summary>
    /// <param name="users">The users, and the faults of each.</param>
    /// <param name="trace">Records every request.</param>
    /// <param name="longestDelay">Requests older than this are not forwarded.</param>
    public static async Task<FaultyProxy> StartAsync(IEnumerable<(string User, FaultPlan Plan)> users,
        StorageTrace trace, TimeSpan longestDelay)
    {
        var proxy = new FaultyProxy(trace, longestDelay);
        var doors = new List<Door>();
        foreach (var (user, plan) in users)
        {
            proxy._plans[user] = plan;
            doors.Add(new(user, IsTable: false));
            doors.Add(new(user, IsTable: true));
        }
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            foreach (var door in doors)
            {
                kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Use(next => connection =>
                {
                    connection.Items[typeof(Door)] = door;
                    return next(connection);
                }));
            }
        });
        var app = proxy._app = builder.Build();
        app.Run(proxy.HandleAsync);
        await app.StartAsync();
        var addresses = app.Services.GetRequiredService<IServer>()
            .Features.Get<IServerAddressesFeature>()!.Addresses.Select(address => new Uri(address)).ToList();
        proxy._addresses = doors.Select((door, i) => (door, i)).Where(pair => !pair.door.IsTable)
            .ToDictionary(pair => pair.door.User, pair => (addresses[pair.i], addresses[pair.i + 1]));
        return proxy;
    }

    /// <summary>The connection string of a user to the storage through this proxy.</summary>
    /// <param name="user">One of those that the proxy was started with.</param>
    /// <param name="direct">The storage's own connection string.</param>
    public string ConnectionStringFor(string user, string direct)
    {
        var (blobs, tables) = _addresses[user];
        return $"DefaultEndpointsProtocol=http;AccountName={Account};AccountKey={Part(direct, "AccountKey")};" +
            $"BlobEndpoint={blobs}{Account};TableEndpoint={tables}{Account};";
    }

    /// <summary>Sets the target of later requests.</summary>
    public void SetTarget(string connectionString) =>
        _target = (Root(Part(connectionString, "BlobEndpoint")), Root(Part(connectionString, "TableEndpoint")));

    public async ValueTask DisposeAsync()
    {
        if (_app is not null) await _app.DisposeAsync();
        _storage.Dispose();
    }

    static string Part(string connectionString, string name) =>
        connectionString.Split(';').Single(part => part.StartsWith(name + "=", StringComparison.Ordinal))[(name.Length + 1)..];

    static string Root(string endpoint) => new Uri(endpoint).GetLeftPart(UriPartial.Authority);

    async Task HandleAsync(HttpContext context)
    {
        var door = (Door)context.Features.Get<IConnectionItemsFeature>()!.Items[typeof(Door)]!;
        var arrived = Stopwatch.GetTimestamp();
        var (fault, time) = IsFaulty ? _plans[door.User].Next() : (Fault.None, TimeSpan.Zero);
        var request = new StorageRequest(door.User, door.IsTable,
            context.Request.Method, context.Features.Get<IHttpRequestFeature>()!.RawTarget, fault);
        using var body = new MemoryStream();
        try
        {
            await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // Its sender was killed, or gave up.
            _trace.Add(request, "not sent whole", [], []);
            return;
        }
        if (fault != Fault.None) _counts.AddOrUpdate(fault, 1, (_, count) => count + 1);
        switch (fault)
        {
            case Fault.Busy or Fault.TooMany or Fault.Internal:
                _trace.Add(request, "not forwarded", body.ToArray(), []);
                await RefuseAsync(context, door, fault);
                return;
            case Fault.Dropped:
                _trace.Add(request, "not forwarded", body.ToArray(), []);
                context.Abort();
                return;
            case Fault.Abandoned:
                context.Abort();
                break;
        }
        // The sender may have given up; the storage does not know.
        if (fault is Fault.Delayed or Fault.Abandoned) await Task.Delay(time);
        if (Stopwatch.GetElapsedTime(arrived) > _longestDelay)
        {
            // This process was not scheduled for long. A request is executed soon or never: the protocol depends on that.
            Interlocked.Increment(ref _tooLate);
            _trace.Add(request, "not forwarded, too late", body.ToArray(), []);
            context.Abort();
            return;
        }

        using var message = ToMessage(context, request, body.ToArray(), cut: fault == Fault.BodyCut && body.Length > 1);
        HttpResponseMessage answer;
        byte[] content;
        try
        {
            answer = await _storage.SendAsync(message, HttpCompletionOption.ResponseContentRead);
            content = await answer.Content.ReadAsByteArrayAsync();
        }
        catch (Exception e) when (ConnectionFailure.Is(e))
        {
            if (fault != Fault.BodyCut) Interlocked.Increment(ref _away);
            _trace.Add(request, fault == Fault.BodyCut ? "cut" : $"no storage: {e.Message}", body.ToArray(), []);
            context.Abort();
            return;
        }
        using (answer)
        {
            if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) Measure(Stopwatch.GetElapsedTime(arrived));
            _trace.Add(request, ((int)answer.StatusCode).ToString(System.Globalization.CultureInfo.InvariantCulture),
                body.ToArray(), content);
            if (fault == Fault.AnswerHeld) await Task.Delay(time);
            if (fault is Fault.AnswerLost or Fault.AnswerHeld or Fault.Abandoned or Fault.BodyCut
                || context.RequestAborted.IsCancellationRequested)
            {
                context.Abort();
                return;
            }
            await AnswerAsync(context, answer, content, cut: fault == Fault.AnswerCut);
        }
    }

    void Measure(TimeSpan elapsed)
    {
        for (var longest = Interlocked.Read(ref _longest); elapsed.Ticks > longest; longest = Interlocked.Read(ref _longest))
            if (Interlocked.CompareExchange(ref _longest, elapsed.Ticks, longest) == longest) return;
    }

    HttpRequestMessage ToMessage(HttpContext context, StorageRequest request, byte[] body, bool cut)
    {
        var root = request.IsTable ? _target.Tables : _target.Blobs;
        // The target unchanged: decoding and encoding it again would invalidate the signature.
        var message = new HttpRequestMessage(new HttpMethod(request.Method),
            new Uri(root + request.Target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        message.Headers.Host = context.Request.Host.Value;
        if (context.Request.ContentLength is not null || body.Length > 0)
            message.Content = cut ? new HalfContent(body) : new ByteArrayContent(body);
        foreach (var (name, values) in context.Request.Headers)
        {
            if (s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        return message;
    }

    static async Task AnswerAsync(HttpContext context, HttpResponseMessage answer, byte[] content, bool cut)
    {
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) context.Response.Headers[name] = values.ToArray();
        var hasBody = !HttpMethods.IsHead(context.Request.Method) && context.Response.StatusCode is not (204 or 304);
        if (hasBody) context.Response.ContentLength = content.Length;
        if (cut && content.Length == 0)
        {
            context.Abort();
            return;
        }
        try
        {
            if (hasBody)
                await context.Response.Body.WriteAsync(cut ? content.AsMemory(0, content.Length / 2) : content, context.RequestAborted);
            if (!cut) return;
            await context.Response.Body.FlushAsync(context.RequestAborted);
            context.Abort();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has disconnected.
        }
    }

    static async Task RefuseAsync(HttpContext context, Door door, Fault fault)
    {
        var (status, code) = fault switch
        {
            Fault.Busy => (503, "ServerBusy"),
            Fault.TooMany => (429, "TooManyRequests"),
            _ => (500, "InternalError")
        };
        context.Response.StatusCode = status;
        context.Response.Headers["x-ms-error-code"] = code;
        var body = door.IsTable
            ? $$"""{"odata.error":{"code":"{{code}}","message":{"lang":"en-US","value":"Not now."} } }"""
            : $"""<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>Not now.</Message></Error>""";
        context.Response.ContentType = door.IsTable ? "application/json" : "application/xml";
        try
        {
            if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.WriteAsync(body, context.RequestAborted);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException)
        {
            // The client has disconnected.
        }
    }

    sealed record Door(string User, bool IsTable);

    /// <summary>Announces its length, sends half of it and fails.</summary>
    sealed class HalfContent(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await stream.FlushAsync();
            throw new IOException("Cut on purpose.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
