using System.Net;
using System.Text;
using Azure;
using Azure.Data.Tables;
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
/// A proxy before the tables of a storage account with a rival that is always faster: each transaction on a certain row is
/// forwarded just after another change of that row. The answers are the storage's own.
/// </summary>
sealed class RivalStorage : IAsyncDisposable
{
    static readonly string[] s_ofConnection = ["Connection", "Keep-Alive", "Transfer-Encoding", "Host"];

    readonly WebApplication _app;
    readonly HttpClient _storage = new(new SocketsHttpHandler { UseProxy = false, ActivityHeadersPropagator = null });
    readonly TableClient _repositories;
    readonly TableEntity _row;
    readonly string _target;
    int _races;

    RivalStorage(string direct, string repository, string row)
    {
        _repositories = new TableClient(direct, "repositories");
        _row = new TableEntity(repository.Replace('/', ':'), row);
        var endpoint = direct.Split(';').Single(part => part.StartsWith("TableEndpoint=", StringComparison.Ordinal));
        _target = new Uri(endpoint["TableEndpoint=".Length..]).GetLeftPart(UriPartial.Authority);
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Run(HandleAsync);
    }

    /// <summary>Connects a registry to the storage through this proxy; to its blobs directly.</summary>
    public string ConnectionString { get; private set; } = "";

    /// <summary>Whether it still races.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Number of races that it won.</summary>
    public int Races => _races;

    public static async Task<RivalStorage> StartAsync(string direct, string repository, string row)
    {
        var rival = new RivalStorage(direct, repository, row);
        await rival._app.StartAsync();
        var address = rival._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        rival.ConnectionString = direct.Replace(rival._target, address, StringComparison.Ordinal);
        return rival;
    }

    public async ValueTask DisposeAsync()
    {
        await _app.DisposeAsync();
        _storage.Dispose();
    }

    async Task HandleAsync(HttpContext context)
    {
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var target = context.Features.Get<IHttpRequestFeature>()!.RawTarget;
        if (IsActive && target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(body.ToArray()).Contains($"\"RowKey\":\"{_row.RowKey}\"", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _races);
            await _repositories.UpdateEntityAsync(_row, ETag.All);
        }

        // The target unchanged: decoding and encoding it again would invalidate the signature.
        using var message = new HttpRequestMessage(
            new HttpMethod(context.Request.Method),
                new Uri(_target + target, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true }));
        if (body.Length > 0) message.Content = new ByteArrayContent(body.ToArray());
        foreach (var (name, values) in context.Request.Headers)
        {
            if (s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) continue;
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }
        using var answer = await _storage.SendAsync(message);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers))
            if (!s_ofConnection.Contains(name, StringComparer.OrdinalIgnoreCase)) context.Response.Headers[name] = values.ToArray();
        if (answer.StatusCode != HttpStatusCode.NoContent) await answer.Content.CopyToAsync(context.Response.Body);
    }
}
