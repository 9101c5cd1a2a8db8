using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Registry.Tests.Server;

public class TelemetryTests
{
    [Fact]
    public async Task Requests_and_storage_transactions_are_told_to_application_insights_and_tokens_are_not()
    {
        var told = new ConcurrentQueue<string>();
        await using var insights = Listen(told);
        await insights.StartAsync();
        var environment = new Dictionary<string, string>
        {
            ["APPLICATIONINSIGHTS_CONNECTION_STRING"] = $"InstrumentationKey={Guid.NewGuid()};IngestionEndpoint={insights.Urls.Single()}/",
            // It would be told to Microsoft.
            ["APPLICATIONINSIGHTS_STATSBEAT_DISABLED"] = "true",
        };
        var name = TestRegistry.NewName();
        string location;
        var storage = $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}";
        var (server, client) = await ServerProcess.StartAsync(["--urls", "http://127.0.0.1:0", storage, "--Registry:Uploads:Location=http://127.0.0.1:9"], environment);
        await using (server)
        {
            client.DefaultRequestHeaders.UserAgent.ParseAdd("containerd/2.1.9");
            location = await client.BeginUploadAsync(name);
            using var asked = await client.GetAsync(new Uri(location).PathAndQuery);
            Assert.True(asked.IsSuccessStatusCode);
            using var health = await client.GetAsync("/healthz");
            // Its end sends what is left.
            Assert.Equal(0, await server.SignalAsync("TERM"));
        }
        var all = string.Concat(told);
        Assert.Contains($"/v2/{name}/blobs/uploads/", all, StringComparison.Ordinal);
        Assert.Contains("registry.storage.transactions", all, StringComparison.Ordinal);
        Assert.DoesNotContain(new Uri(location).Query["?token=".Length..], all, StringComparison.Ordinal);
        Assert.DoesNotContain("healthz", all, StringComparison.Ordinal);
    }

    static WebApplication Listen(ConcurrentQueue<string> told)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Map("/{**path}", async (HttpRequest request) =>
        {
            var body = request.Headers.ContentEncoding == "gzip" ? new GZipStream(request.Body, CompressionMode.Decompress) : request.Body;
            using var reader = new StreamReader(body, Encoding.UTF8);
            var text = await reader.ReadToEndAsync();
            told.Enqueue(text);
            var items = text.Count(c => c == '\n') + 1;
            return Results.Json(new { itemsReceived = items, itemsAccepted = items, errors = Array.Empty<string>() });
        });
        return app;
    }
}
