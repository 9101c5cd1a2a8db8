using System.Net;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>A request that loses every race for a row gives up with 429, and has changed nothing.</summary>
public sealed class ContentionTests(TestRegistry direct) : IClassFixture<TestRegistry>
{
    [Fact]
    public async Task Push_that_loses_every_race_for_its_tag_is_429_and_succeeds_when_repeated()
    {
        var name = TestRegistry.NewName();
        var before = await direct.Client.PushImageAsync(name, "v1", RandomBytes(10));
        var after = await direct.Client.PushImageAsync(name, "v2", RandomBytes(10));
        await using var rival = await RivalStorage.StartAsync(await SharedAzurite.GetConnectionStringAsync(), name, "t:v1");
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = rival.ConnectionString);

        using var refused = await registry.Client.PutManifestAsync(name, "v1", after);
        await refused.AssertErrorAsync(HttpStatusCode.TooManyRequests, "TOOMANYREQUESTS");
        Assert.Equal(TimeSpan.FromSeconds(1), refused.Headers.RetryAfter?.Delta);
        // Not at once, and not forever.
        Assert.Equal(50, rival.Races);
        Assert.Equal(before, await direct.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));

        rival.IsActive = false;
        using var accepted = await registry.Client.PutManifestAsync(name, "v1", after);
        Assert.Equal(HttpStatusCode.Created, accepted.StatusCode);
        Assert.Equal(after, await direct.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
    }
}
