using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Registry.Tests.Server;

public class TelemetryTests
{
    [Fact]
    public async Task Requests_and_storage_transactions_reach_application_insights_without_tokens()
    {
        await using var insights = await TelemetryReceiver.StartAsync();
        var name = TestRegistry.NewName();
        string location;
        var storage = $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}";
        var (server, client) = await ServerProcess.StartAsync(["--urls",
            "http://127.0.0.1:0", storage, "--Registry:Uploads:Location=http://127.0.0.1:9"], insights.Environment);
        await using (server)
        {
            client.DefaultRequestHeaders.UserAgent.ParseAdd("containerd/2.1.9");
            location = await client.BeginUploadAsync(name);
            using var asked = await client.GetAsync(new Uri(location).PathAndQuery);
            Assert.True(asked.IsSuccessStatusCode);
            using var posted = await client.PostAsync($"/v2/{name}/blobs/uploads/?digest={OciContent.DigestOf([])}", null);
            using var health = await client.GetAsync("/healthz");
            // Shutdown flushes pending telemetry.
            Assert.Equal(0, await server.SignalAsync("TERM"));
        }
        var all = insights.Received;
        Assert.Contains($"/v2/{name}/blobs/uploads/", all, StringComparison.Ordinal);
        Assert.Contains("registry.storage.transactions", all, StringComparison.Ordinal);
        Assert.DoesNotContain(new Uri(location).Query["?token=".Length..], all, StringComparison.Ordinal);
        Assert.DoesNotContain("healthz", all, StringComparison.Ordinal);
        AssertAudited(insights, name);
    }

    /// <summary>
    /// For the Functions app, whose host records requests, and forwards the text of a log without its fields.
    /// </summary>
    [Fact]
    public async Task Audit_log_reaches_application_insights_with_its_fields()
    {
        await using var insights = await TelemetryReceiver.StartAsync();
        // It would send statistics to Microsoft; and where that address does not answer, everything else waits for it.
        Environment.SetEnvironmentVariable("APPLICATIONINSIGHTS_STATSBEAT_DISABLED", "true");
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Configuration["APPLICATIONINSIGHTS_CONNECTION_STRING"] = insights.ConnectionString;
        builder.Configuration["Registry:Storage:ConnectionString"] = await SharedAzurite.GetConnectionStringAsync();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Services.AddRegistry(builder.Configuration, openWithoutPolicy: true).AddRegistrySignals(builder.Configuration);
        var name = TestRegistry.NewName();
        await using (var app = builder.Build())
        {
            app.MapRegistry();
            await app.StartAsync();
            app.Logger.Log(LogLevel.Critical, 0, "Something else", null, (text, _) => text);
            using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
            using var posted = await client.PostAsync($"/v2/{name}/blobs/uploads/?digest={OciContent.DigestOf([])}", null);
            // Shutdown flushes pending telemetry.
            await app.StopAsync();
        }
        AssertAudited(insights, name);
        Assert.DoesNotContain("Something else", insights.Received, StringComparison.Ordinal);
    }

    static void AssertAudited(TelemetryReceiver insights, string name) => insights.AssertAudited(
        ("Action", "Push"), ("Status", "201"), ("Identity", "anonymous"), ("Address", "127.0.0.1"), ("Repository", name),
        ("Digest", OciContent.DigestOf([])), ("Rule", "open to this machine"));
}
