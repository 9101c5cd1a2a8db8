using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Registry.Tests.Storage;

/// <summary>
/// A proxy before the tables of the shared Azurite that delays one request until <see cref="Release"/>, whether its sender
/// still waits or not. All others pass. Shared keys sign path and headers, not the host, so nothing needs to be signed again.
/// </summary>
sealed class DelayedTables : IAsyncDisposable
{
    static readonly string[] s_ofConnection = ["Connection", "Keep-Alive", "Transfer-Encoding", "Host", "Expect"];

    readonly HttpClient _storage = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });
    readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<HttpStatusCode> _executed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly WebApplication _app;
    readonly Func<HttpRequest, string, bool> _isLate;
    readonly string _tables;

    DelayedTables(Func<HttpRequest, string, bool> isLate, string tables)
    {
        (_isLate, _tables) = (isLate, tables);
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Connects a registry to its tables through this proxy, and to its blobs directly.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Completes when the late request has arrived.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>The storage's answer to the late request.</summary>
    public Task<HttpStatusCode> Executed => _executed.Task;

    /// <param name="isLate">Selects the late request by the request and its decoded path; the first match is delayed.</param>
    public static async Task<DelayedTables> StartAsync(Func<HttpRequest, string, bool> isLate)
    {
        var direct = await SharedAzurite.GetConnectionStringAsync();
        var tables = new Uri(direct.Split(';').Single(part => part.StartsWith("TableEndpoint=", StringComparison.Ordinal)).Split('=')[1]);
        var late = new DelayedTables(isLate, tables.GetLeftPart(UriPartial.Authority));
        await late._app.StartAsync();
        var own = late._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        late.ConnectionString = direct.Replace(late._tables, own, StringComparison.Ordinal);
        return late;
    }

    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _app.DisposeAsync();
        _storage.Dispose();
    }

    async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        using var message = ToMessage(context.Request, target, body.ToArray());
        var isLate = _isLate(context.Request, Uri.UnescapeDataString(target)) && _arrived.TrySetResult();
        if (isLate) await _released.Task;
        using var answer = await _storage.SendAsync(message, CancellationToken.None);
        var content = await answer.Content.ReadAsByteArrayAsync(CancellationToken.None);
        if (isLate) _executed.SetResult(answer.StatusCode);
        if (context.RequestAborted.IsCancellationRequested) return;
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) context.Response.Headers[name] = values.ToArray();
        if (content.Length > 0) await context.Response.Body.WriteAsync(content, context.RequestAborted);
    }

    HttpRequestMessage ToMessage(HttpRequest request, string target, byte[] body)
    {
        // The target unchanged: decoding and encoding it again would invalidate the signature.
        var address = new Uri(_tables + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var message = new HttpRequestMessage(new HttpMethod(request.Method), address);
        if (request.ContentLength is not null || body.Length > 0) message.Content = new ByteArrayContent(body);
        foreach (var (name, values) in request.Headers)
        {
            if (s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        return message;
    }
}
