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

/// <summary>A request to the tables, as it passes a <see cref="TableProxy"/>.</summary>
/// <param name="Method">Such as <c>PUT</c>.</param>
/// <param name="Target">Path and query, decoded.</param>
/// <param name="Body">All of it.</param>
sealed record TableRequest(string Method, string Target, byte[] Body);

/// <summary>
/// Handles a request in place of the proxy; <paramref name="forward"/> sends it to the storage, even if its sender has gone.
/// </summary>
delegate Task<HttpResponseMessage> TableInterceptor(TableRequest request, Func<Task<HttpResponseMessage>> forward);

/// <summary>
/// A proxy before the tables of a storage account, for tests that come between two requests. Shared keys sign path and headers,
/// not the host, so nothing needs to be signed again. The answers are the storage's own.
/// </summary>
sealed class TableProxy : IAsyncDisposable
{
    static readonly string[] s_ofConnection = ["Connection", "Keep-Alive", "Transfer-Encoding", "Host", "Expect"];

    readonly HttpClient _storage = new(new SocketsHttpHandler { UseProxy = false, UseCookies = false, ActivityHeadersPropagator = null });
    readonly TableInterceptor _intercept;
    readonly WebApplication _app;
    readonly string _tables;

    TableProxy(string direct, TableInterceptor intercept)
    {
        _intercept = intercept;
        var endpoint = direct.Split(';').Single(part => part.StartsWith("TableEndpoint=", StringComparison.Ordinal));
        _tables = new Uri(endpoint["TableEndpoint=".Length..]).GetLeftPart(UriPartial.Authority);
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Connects a registry to its tables through this proxy, and to its blobs directly.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <param name="direct">Connection string of the storage account.</param>
    /// <param name="intercept">Gets every request to its tables.</param>
    public static async Task<TableProxy> StartAsync(string direct, TableInterceptor intercept)
    {
        var proxy = new TableProxy(direct, intercept);
        await proxy._app.StartAsync();
        var own = proxy._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        proxy.ConnectionString = direct.Replace(proxy._tables, own, StringComparison.Ordinal);
        return proxy;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _storage.Dispose();
    }

    async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, context.RequestAborted);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        var request = new TableRequest(context.Request.Method, Uri.UnescapeDataString(target), body.ToArray());
        using var message = ToMessage(context.Request, target, request.Body);
        using var answer = await _intercept(request, () => _storage.SendAsync(message, CancellationToken.None));
        if (context.RequestAborted.IsCancellationRequested) return;
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) context.Response.Headers[name] = values.ToArray();
        if (answer.StatusCode != HttpStatusCode.NoContent) await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
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
