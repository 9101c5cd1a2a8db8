using System.Net;
using Xunit;

namespace Registry.Tests.Http;

public class HealthHandlerTests
{
    [Fact]
    public async Task Healthy_for_any_caller_while_the_storage_answers()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.Closed);
        foreach (var path in new[] { "/healthz", "/healthz/", "/healthz/live" })
        {
            using var answer = await registry.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.Equal("Healthy", await answer.Content.ReadAsStringAsync());
        }
        using var nothing = await registry.Client.GetAsync("/healthz/nothing");
        Assert.Equal(HttpStatusCode.NotFound, nothing.StatusCode);
    }

    [Fact]
    public async Task Readiness_is_cached_and_liveness_never_reads_the_storage()
    {
        await using var registry = await TestRegistry.StartAsync();
        // The token keys are read at the start.
        var before = registry.Transactions;
        for (var i = 0; i < 3; i++) using (await registry.Client.GetAsync("/healthz/live")) Assert.Equal(0, registry.Transactions - before);
        for (var i = 0; i < 3; i++)
        {
            using (await registry.Client.GetAsync("/healthz"))
            {
                Assert.Equal(Registry.Storage.Layout.Tables.Length
                + Registry.Storage.Layout.Containers.Length, registry.Transactions - before);
            }
        }
    }

    [Fact]
    public async Task Unhealthy_if_the_storage_does_not_answer()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.ConnectionString =
            "DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;" +
            "BlobEndpoint=http://127.0.0.1:9/a;TableEndpoint=http://127.0.0.1:9/a;");
        using var answer = await registry.Client.GetAsync("/healthz");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, answer.StatusCode);
        Assert.Equal("Unhealthy", await answer.Content.ReadAsStringAsync());
        using var live = await registry.Client.GetAsync("/healthz/live");
        Assert.Equal(HttpStatusCode.OK, live.StatusCode);
    }
}
