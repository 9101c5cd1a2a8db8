using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Registry.Tests.Server;

/// <summary>Receives telemetry as Application Insights does.</summary>
sealed class TelemetryReceiver : IAsyncDisposable
{
    readonly ConcurrentQueue<string> _received = new();
    readonly WebApplication _app;

    TelemetryReceiver()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        _app = builder.Build();
        _app.Map("/{**path}", ReceiveAsync);
    }

    /// <summary>The connection string of an exporter.</summary>
    public string ConnectionString => $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={_app.Urls.Single()}/";

    /// <summary>Variables for a process that exports to here.</summary>
    public Dictionary<string, string> Environment => new()
    {
        ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = ConnectionString,
        // It would send statistics to Microsoft.
        ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true",
    };

    /// <summary>Everything so far: a JSON document on each line.</summary>
    public string Received => string.Join('\n', _received);

    public static async Task<TelemetryReceiver> StartAsync()
    {
        var receiver = new TelemetryReceiver();
        await receiver._app.StartAsync();
        return receiver;
    }

    /// <summary>Asserts that an entry of the audit log arrived with these fields.</summary>
    public void AssertAudited(params (string Name, string Value)[] fields)
    {
        var wanted = fields.Select(field => $"\"{field.Name}\":\"{field.Value}\"").Append("\"CategoryName\":\"Registry.Audit\"").ToList();
        Assert.True(Received.Split('\n').Any(entry => wanted.All(field => entry.Contains(field, StringComparison.Ordinal))),
            $"No entry has {string.Join(", ", wanted)}: {Received}");
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    async Task<IResult> ReceiveAsync(HttpRequest request)
    {
        var body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
        using var reader = new StreamReader(body, Encoding.UTF8);
        var text = await reader.ReadToEndAsync();
        _received.Enqueue(text);
        var items = text.Count(c => c == '\n') + 1;
        return Results.Json(new { itemsReceived = items, itemsAccepted = items, errors = Array.Empty<string>() });
    }
}
