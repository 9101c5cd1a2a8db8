using System.Net;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Registry.Integrity;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>
/// A registry on an account that no other test uses, so that all of it can be checked, with its tables to be damaged.
/// </summary>
public sealed class HealthyRegistry : IAsyncLifetime, IAsyncDisposable
{
    PushedRepository? _pushed;

    public string ConnectionString { get; private set; } = "";

    public TestRegistry Registry { get; private set; } = null!;

    public HttpClient Client => Registry.Client;

    public TableClient Repositories => new(ConnectionString, "repositories");

    public TableClient Digests => new(ConnectionString, "digests");

    public TableClient Catalog => new(ConnectionString, "catalog");

    public BlobContainerClient Blobs => new(ConnectionString, "blobs");

    public async Task InitializeAsync()
    {
        ConnectionString = await SharedAzurite.NewAccountAsync();
        Registry = await StartAsync();
    }

    public async Task DisposeAsync() => await Registry.DisposeAsync();

    async ValueTask IAsyncDisposable.DisposeAsync() => await DisposeAsync();

    /// <summary>A repository with content of every kind: a new one unless the last test has returned it undamaged.</summary>
    /// <param name="many">Whether it has a manifest of many layers, too.</param>
    internal async Task<PushedRepository> TakeAsync(bool many = false)
    {
        if (_pushed is null) await ClearAsync();
        var taken = _pushed ?? await PushedRepository.PushAsync(Client, many);
        _pushed = null;
        return taken;
    }

    /// <summary>Replaces the account by an empty one.</summary>
    public async Task ClearAsync()
    {
        await Registry.DisposeAsync();
        await InitializeAsync();
    }

    /// <summary>Returns an undamaged repository for the next test.</summary>
    internal void Return(PushedRepository pushed) => _pushed = pushed;

    public static async Task<HealthyRegistry> StartNewAsync()
    {
        var registry = new HealthyRegistry();
        await registry.InitializeAsync();
        return registry;
    }

    /// <summary>Another host of the same registry, with empty caches.</summary>
    public Task<TestRegistry> StartAsync(Action<RegistryOptions>? configure = null) => TestRegistry.StartAsync(options =>
    {
        options.Storage.ConnectionString = ConnectionString;
        configure?.Invoke(options);
    });

    /// <summary>Checks all of the registry, or some repositories, while no request is in progress.</summary>
    public Task<(CheckReport Report, List<Finding> Findings)> CheckAsync(bool digests = false,
        bool repair = false, params string[] repositories) =>
        CheckAsync(new NoWaitTime(), new CheckOptions(digests, repair, [.. repositories.Select(RepositoryName.Parse)]));

    /// <summary>Checks all of the registry while it is in use.</summary>
    public Task<(CheckReport Report, List<Finding> Findings)> CheckLiveAsync(bool digests) =>
        CheckAsync(TimeProvider.System, new CheckOptions(digests));

    async Task<(CheckReport Report, List<Finding> Findings)> CheckAsync(TimeProvider time, CheckOptions options)
    {
        var findings = new List<Finding>();
        var check = new IntegrityCheck(Registry.Get<StorageAccount>(), time);
        var report = await check.RunAsync(options, findings.Add, CancellationToken.None);
        Assert.Equal(findings.Count, report.Findings + report.Warnings);
        return (report, findings);
    }

    public async Task AssertSoundAsync()
    {
        var (report, findings) = await CheckAsync(digests: true);
        Assert.True(findings.Count == 0, string.Join('\n', findings));
        Assert.True(report.IsSound);
    }

    public async Task<TableEntity> ReadAsync(string name, string row) =>
        (await Repositories.GetEntityAsync<TableEntity>(KeyOf(name), row)).Value;

    public Task DeleteAsync(string name, string row) => Repositories.DeleteEntityAsync(KeyOf(name), row);

    /// <summary>Changes a row of a repository directly in the storage.</summary>
    public async Task ChangeAsync(string name, string row, Action<TableEntity> change)
    {
        var entity = await ReadAsync(name, row);
        change(entity);
        await Repositories.UpdateEntityAsync(entity, Azure.ETag.All, TableUpdateMode.Replace);
    }

    public async Task ChangeContentAsync(string digest, Action<TableEntity> change)
    {
        var entity = (await Digests.GetEntityAsync<TableEntity>(digest, "")).Value;
        change(entity);
        await Digests.UpdateEntityAsync(entity, Azure.ETag.All, TableUpdateMode.Replace);
    }

    /// <summary>The object that the content row of a digest names.</summary>
    public async Task<string> ObjectOfAsync(string digest) =>
        $"{digest.Replace(':', '/')}/{(await Digests.GetEntityAsync<TableEntity>(digest, "")).Value.GetString("Object")}";

    public static string KeyOf(string name) => name.Replace('/', ':');

    /// <summary>
    /// A check looks at each suspect again after a pause, because of requests in progress. Without any, it need not wait.
    /// </summary>
    internal sealed class NoWaitTime : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, TimeSpan.Zero, period);
    }
}

/// <summary>A repository with content of every kind.</summary>
sealed record PushedRepository(string Name)
{
    /// <summary>Size of an annotation that makes a manifest larger than 256 KiB.</summary>
    const int Long = 200_000;

    /// <summary>What must be served: paths, and their bytes.</summary>
    public Dictionary<string, byte[]> Content { get; } = [];

    public byte[] Layer { get; } = RandomBytes(1000);

    public byte[] Image { get; private set; } = [];

    public byte[] Child { get; private set; } = [];

    public byte[] Index { get; private set; } = [];

    public byte[] Signature { get; private set; } = [];

    /// <summary>Over 256 KiB, so that its bytes are an object in the container.</summary>
    public byte[] Large { get; private set; } = [];

    /// <summary>Over 256 KiB as well, with a subject, and a child of <see cref="LargeIndex"/>.</summary>
    public byte[] LargeChild { get; private set; } = [];

    public byte[] LargeIndex { get; private set; } = [];

    /// <summary>
    /// With more layers than fit into one transaction; empty unless requested, since it alone costs as much as ten
    /// repositories.
    /// </summary>
    public byte[] Many { get; private set; } = [];

    public static async Task<PushedRepository> PushAsync(HttpClient client, bool many = false)
    {
        var pushed = new PushedRepository(TestRegistry.NewName());
        await pushed.PushAllAsync(client);
        if (many) await pushed.PushManyAsync(client);
        return pushed;
    }

    async Task PushAllAsync(HttpClient client)
    {
        Image = await client.PushImageAsync(Name, "v1", Layer);
        await PutAsync(client, "v2", Image);
        Child = await client.PushImageAsync(Name, null, RandomBytes(10));
        Index = OciContent.Index(Image, Child).ToBytes();
        await PutAsync(client, "multi", Index, MediaType.OciIndex);
        await PutAsync(client, DigestOf(Child), Child);

        var signature = OciContent.Image(RandomBytes(10));
        signature["subject"] = Descriptor(Image, MediaType.OciManifest);
        signature["artifactType"] = "application/vnd.example.signature";
        signature["annotations"] = new JsonObject { ["by"] = "tests" };
        Signature = await PushWithLayersAsync(client, signature, null);

        var large = OciContent.Image(Layer);
        large["annotations"] = new JsonObject { ["long"] = Convert.ToBase64String(RandomBytes(Long)) };
        Large = await PushWithLayersAsync(client, large, "large");
        var child = OciContent.Image(Layer);
        child["annotations"] = new JsonObject { ["long"] = Convert.ToBase64String(RandomBytes(Long)) };
        child["subject"] = Descriptor(Image, MediaType.OciManifest);
        LargeChild = await PushWithLayersAsync(client, child, null);
        var index = OciContent.Index(LargeChild);
        index["annotations"] = new JsonObject { ["long"] = Convert.ToBase64String(RandomBytes(Long)) };
        LargeIndex = index.ToBytes();
        await PutAsync(client, "largeindex", LargeIndex, MediaType.OciIndex);
        Content[$"/v2/{Name}/blobs/{DigestOf(Layer)}"] = Layer;
    }

    async Task PushManyAsync(HttpClient client)
    {
        var layers = Enumerable.Range(0, 110).Select(i => BitConverter.GetBytes(i)).ToArray();
        await Parallel.ForEachAsync(layers, async (layer, cancel) =>
        {
            using var post = await client.PostAsync($"/v2/{Name}/blobs/uploads/?digest={DigestOf(layer)}", Body(layer), cancel);
            Assert.Equal(HttpStatusCode.Created, post.StatusCode);
        });
        Many = OciContent.Image(layers).ToBytes();
        await PutAsync(client, "many", Many);
        Content[$"/v2/{Name}/blobs/{DigestOf(layers[7])}"] = layers[7];
    }

    async Task<byte[]> PushWithLayersAsync(HttpClient client, JsonObject manifest, string? tag)
    {
        foreach (var layer in manifest["layers"]!.AsArray())
        {
            // The layers of a signature are random like the others, but pushed here.
            if ((string?)layer!["digest"] == DigestOf(Layer)) continue;
            var bytes = RandomBytes(20);
            manifest["layers"] = new JsonArray(Descriptor(bytes));
            await client.PushBlobAsync(Name, bytes);
            break;
        }
        var body = manifest.ToBytes();
        await PutAsync(client, tag ?? DigestOf(body), body);
        return body;
    }

    async Task PutAsync(HttpClient client, string reference, byte[] manifest, string mediaType = MediaType.OciManifest)
    {
        using var put = await client.PutManifestAsync(Name, reference, manifest, mediaType);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Content[$"/v2/{Name}/manifests/{reference}"] = manifest;
        Content[$"/v2/{Name}/manifests/{DigestOf(manifest)}"] = manifest;
    }

    /// <summary>Asserts that a registry serves everything, with the lists that name it.</summary>
    public async Task AssertServedAsync(HttpClient client)
    {
        foreach (var (path, bytes) in Content)
        {
            using var answer = await client.GetAsync(path);
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{path}: {answer.StatusCode}");
            Assert.Equal(bytes, await answer.Content.ReadAsByteArrayAsync());
        }
        var tags = (await client.GetJsonAsync($"/v2/{Name}/tags/list"))["tags"]!.AsArray().Select(tag => (string)tag!);
        string[] expected = Many.Length == 0 ? ["large", "largeindex", "multi", "v1", "v2"]
            : ["large", "largeindex", "many", "multi", "v1", "v2"];
        Assert.Equal(expected, tags);
        var referrers = (await client.GetJsonAsync($"/v2/{Name}/referrers/{DigestOf(Image)}"))["manifests"]!.AsArray();
        Assert.Equal(new[] { DigestOf(LargeChild), DigestOf(Signature) }.Order(StringComparer.Ordinal),
            referrers.Select(referrer => (string?)referrer!["digest"]));
        Assert.Equal("tests", (string?)referrers.Single(referrer =>
            (string?)referrer!["digest"] == DigestOf(Signature))!["annotations"]!["by"]);
        Assert.Contains(Name, (await client.GetJsonAsync("/v2/_catalog?n=1000"))["repositories"]!.AsArray().Select(name => (string)name!));
        // A manifest that has lost a tag to another one does not list it.
        using var deleted = await client.DeleteAsync($"/v2/{Name}/manifests/nothing");
        Assert.Equal(HttpStatusCode.NotFound, deleted.StatusCode);
    }
}
