using Registry.GarbageCollection;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>A check of a registry in use reports nothing for requests in progress.</summary>
public sealed class LiveCheckTests(HealthyRegistry registry) : IClassFixture<HealthyRegistry>
{
    [Fact]
    public async Task Check_during_pushes_deletes_and_collection_finds_nothing()
    {
        var names = Enumerable.Range(0, 3).Select(_ => TestRegistry.NewName()).ToArray();
        var shared = Enumerable.Range(0, 4).Select(i => RandomBytes(100 + i)).ToArray();
        using var enough = new CancellationTokenSource();
        await using var other = await registry.StartAsync();
        var pushes = 0;
        // A collector refuses a registry that has objects and no digests, as during the very first push.
        await registry.Client.PushImageAsync(names[0], "t0", shared[0], RandomBytes(20));
        Task[] work =
        [
            .. Enumerable.Range(0, 4).Select(actor => Task.Run(async () =>
            {
                var random = new Random(actor);
                var client = actor % 2 == 0 ? registry.Client : other.Client;
                while (!enough.IsCancellationRequested)
                {
                    var name = names[random.Next(names.Length)];
                    var image = await client.PushImageAsync(name,
                        $"t{random.Next(4)}", shared[random.Next(shared.Length)], RandomBytes(20));
                    var index = OciContent.Index(image).ToBytes();
                    await ExpectAsync(client.PutManifestAsync(name, $"i{random.Next(2)}", index, MediaType.OciIndex), 201, 400);
                    var signature = Image(shared[0]);
                    signature["subject"] = Descriptor(image, MediaType.OciManifest);
                    await client.PushBlobAsync(name, shared[0]);
                    await ExpectAsync(client.PutManifestAsync(name, $"s{random.Next(2)}", signature.ToBytes()), 201, 400);
                    await ExpectAsync(client.DeleteAsync($"/v2/{name}/manifests/t{random.Next(4)}"), 202, 404);
                    if (random.Next(2) == 0)
                        await ExpectAsync(client.DeleteAsync($"/v2/{name}/manifests/{DigestOf(signature.ToBytes())}"), 202, 404);
                    await ExpectAsync(client.DeleteAsync($"/v2/{name}/blobs/{DigestOf(shared[random.Next(shared.Length)])}"),
                        202, 404, 405);
                    Interlocked.Increment(ref pushes);
                }
            })),
            Task.Run(async () =>
            {
                while (!enough.IsCancellationRequested)
                    await other.Get<Collector>().RunAsync(explain: null, timeLimit: null, CancellationToken.None);
            }),
        ];
        try
        {
            for (var round = 0; round < 6 || pushes < 20; round++)
            {
                var (_, findings) = await registry.CheckLiveAsync(digests: round % 2 == 0);
                // Blobs of deleted manifests may be deleted meanwhile.
                Assert.DoesNotContain(findings, finding => !finding.IsWarning);
            }
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(work);
        }
        Assert.True((await registry.CheckAsync(digests: true)).Report.IsSound);
    }

    static async Task ExpectAsync(Task<HttpResponseMessage> request, params int[] expected)
    {
        using var answer = await request;
        Assert.Contains((int)answer.StatusCode, expected);
    }
}
