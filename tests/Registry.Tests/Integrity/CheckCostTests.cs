using System.Net;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>The cost of a check is linear in the content.</summary>
public sealed class CheckCostTests(HealthyRegistry registry) : IClassFixture<HealthyRegistry>
{
    [Fact]
    public async Task Each_additional_image_costs_two_transactions_and_reading_its_bytes_one_more()
    {
        var name = TestRegistry.NewName();
        await registry.Client.PushBlobAsync(name, "{}"u8.ToArray());
        var (few, fewRead) = await PushAndCheckAsync(name, 20);
        var (many, manyRead) = await PushAndCheckAsync(name, 60);
        Assert.Equal(2 * 60, many - few);
        Assert.Equal(3 * 60, manyRead - fewRead);
        // Besides the links: the pages of six kinds of rows, twice, and of the digests, the objects, the repositories and the
        // catalog.
        Assert.InRange(few - (2 * 21), 1, 20);
    }

    async Task<(long Check, long WithDigests)> PushAndCheckAsync(string name, int images)
    {
        for (var i = 0; i < images; i++)
        {
            var layer = RandomBytes(20);
            await registry.Client.PushBlobAsync(name, layer);
            using var put = await registry.Client.PutManifestAsync(name, $"t{Guid.NewGuid():N}", Image(layer).ToBytes());
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        var before = registry.Registry.Transactions;
        Assert.True((await registry.CheckAsync()).Report.IsSound);
        var check = registry.Registry.Transactions - before;
        before = registry.Registry.Transactions;
        Assert.True((await registry.CheckAsync(digests: true)).Report.IsSound);
        return (check, registry.Registry.Transactions - before);
    }
}
