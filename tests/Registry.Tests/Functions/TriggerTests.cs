using System.Globalization;
using System.Net;
using Xunit;

namespace Registry.Tests.Functions;

/// <summary>What the Functions host makes of the triggers.</summary>
[Collection(FunctionsApp.Collection)]
public class TriggerTests(FunctionsApp app)
{
    HttpClient Client => app.Registry.Client;

    [Theory]
    [InlineData("GET", "/", 200)]
    [InlineData("HEAD", "/", 200)]
    [InlineData("GET", "/ui", 200)]
    [InlineData("HEAD", "/ui/library/alpine:v1", 200)]
    [InlineData("GET", "/healthz", 200)]
    [InlineData("HEAD", "/healthz/live", 200)]
    [InlineData("GET", "/v2", 200)]
    [InlineData("HEAD", "/v2/", 200)]
    // 405 is the registry's answer, 404 the host's.
    [InlineData("OPTIONS", "/v2/_catalog", 405)]
    [InlineData("POST", "/v2/_catalog", 405)]
    [InlineData("PATCH", "/v2/_catalog", 405)]
    [InlineData("PUT", "/v2/_catalog", 405)]
    [InlineData("DELETE", "/v2/_catalog", 405)]
    [InlineData("TRACE", "/v2/_catalog", 404)]
    [InlineData("POST", "/healthz", 404)]
    [InlineData("DELETE", "/ui", 404)]
    public async Task Each_method_of_each_route_reaches_its_function(string method, string path, int status)
    {
        using var answer = await Client.SendAsync(new(new(method), path));
        Assert.Equal(status, (int)answer.StatusCode);
    }

    [Fact]
    public async Task Timer_runs_the_collector()
    {
        using var run = await Client.PostAsync("/admin/functions/collect", null);
        Assert.True(run.IsSuccessStatusCode);
        await app.Registry.Process.WaitForOutputAsync("Function.collect has ended.");
    }

    /// <summary>The host answers for the registry there, so clients are told the limit before.</summary>
    [Fact]
    public async Task Body_over_the_limit_is_an_empty_500_of_which_the_registry_warns()
    {
        using var begun = await Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
        var limit = begun.Headers.GetValues("Upload-Limit").Single();
        Assert.Equal($"max-append-size={FunctionsRegistry.BodyLimit}", limit);
        using var request = new HttpRequestMessage(HttpMethod.Patch, begun.Headers.Location)
        {
            Content = new StreamContent(Stream.Null) { Headers = { ContentLength = FunctionsRegistry.BodyLimit + 1 } },
            Headers = { ExpectContinue = true },
        };
        using var answer = await Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal("", await answer.Content.ReadAsStringAsync());
    }

    [Fact]
    public async Task Memory_is_bounded_with_16_bodies_at_once()
    {
        var content = OciContent.RandomBytes(16 << 20);
        await Task.WhenAll(Enumerable.Range(0, 16).Select(async i =>
        {
            var body = new ByteArrayContent(content);
            var location = await Client.BeginUploadAsync(TestRegistry.NewName());
            using var put = await Client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)), body);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }));
        Assert.InRange(PeakMemoryOf(app.Registry.Worker), 30, 300);
        Assert.InRange(PeakMemoryOf(app.Registry.Process.Id), 30, 300);
    }

    /// <summary>In MiB.</summary>
    static int PeakMemoryOf(int process)
    {
        var line = File.ReadLines($"/proc/{process}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal));
        return int.Parse(line["VmHWM:".Length..^"kB".Length], CultureInfo.InvariantCulture) / 1024;
    }
}
