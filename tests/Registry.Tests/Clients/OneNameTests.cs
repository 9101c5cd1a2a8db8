using System.Net;
using Registry.Oci;
using Registry.Tests.Server;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

/// <summary>
/// Large layers to one name: a proxy in front routes a path to another process, which serves no pulls.
/// Pulls are redirected to the storage, so no byte of a blob passes the first process.
/// </summary>
public abstract class OneNameTest(OneName name, ITestOutputHelper output) : LargeLayerTest(name.Registry, output), IAsyncLifetime
{
    readonly ITestOutputHelper _output = output;

    private protected override string Host => name.Front.Address.Authority;

    /// <summary>helm is in no package registry. It pushes by oras-go: POST, then one PUT, and only to the host that it called.</summary>
    [Fact]
    public async Task Helm_requests_push_and_pull_the_same_large_layer()
    {
        var digest = WriteLayer();
        using var client = new HttpClient { BaseAddress = name.Front.Address };
        client.DefaultRequestHeaders.UserAgent.ParseAdd("Helm/4.2.4");
        var location = new Uri(name.Front.Address, await client.BeginUploadAsync(Name));
        Assert.Equal(name.Front.Address.Authority, location.Authority);
        await using (var layer = File.OpenRead(PathOf("layer")))
        {
            using var put = await client.PutAsync(OciContent.Closing(location.ToString(), digest), new StreamContent(layer));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        using (var manifest = await client.PutManifestAsync(Name, "v1", OciContent.Index().ToBytes(), MediaType.OciIndex))
            Assert.Equal(HttpStatusCode.Created, manifest.StatusCode);
        await using (var pulled = File.Create(PathOf("pulled")))
        await using (var content = await client.GetStreamAsync($"/v2/{Name}/blobs/{digest}"))
            await content.CopyToAsync(pulled);
        Assert.Equal(digest, FileDigest.Of(PathOf("pulled")));
    }

    public Task InitializeAsync() => Task.CompletedTask;

    public Task DisposeAsync()
    {
        var requests = name.Front.Requests.Where(request => request.Path.Contains($"/v2/{Name}/", StringComparison.Ordinal)).ToList();
        var passed = requests.ToLookup(request => request.ToUploadHost, request => request.Sent + request.Received);
        _output.WriteLine($"The registry: {passed[false].Sum()} bytes of bodies; the upload host: {passed[true].Sum()}.");
        var blobs = requests.Where(request => request.Path.Contains("/blobs/", StringComparison.Ordinal)).ToList();
        Assert.All(blobs.Where(request => !request.ToUploadHost), request => Assert.Equal((0, 0), (request.Sent, request.Received)));
        Assert.Contains(blobs, request => request.ToUploadHost && request.Sent >= Length);
        return Task.CompletedTask;
    }
}

public class OneNameTests(OneName name, ITestOutputHelper output) : OneNameTest(name, output), IClassFixture<OneName>;

/// <summary>A registry, an upload host in a process of its own, and the proxy in front of both.</summary>
public class OneName : IAsyncLifetime
{
    ServerProcess? _uploads;

    public FrontProxy Front { get; private set; } = null!;

    public TestRegistry Registry { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Front = await FrontProxy.StartAsync();
        (_uploads, var client) = await ServerProcess.StartAsync(
            null,
            await UploadHostTests.Pair.StorageAsync(),
            $"--Registry:Policy={TestPolicies.AnonymousMay("push")}",
            $"--Registry:Uploads:Location={Front.UploadLocation}");
        Registry = await StartRegistryAsync(Front.UploadLocation);
        Front.SetTargets(Registry.Address, client.BaseAddress!);
    }

    private protected virtual Task<TestRegistry> StartRegistryAsync(Uri uploadLocation) =>
        TestRegistry.StartAsync(options => (options.Uploads.Location, options.RedirectDownloads) = (uploadLocation, true));

    public async Task DisposeAsync()
    {
        await Registry.DisposeAsync();
        await _uploads!.DisposeAsync();
        await Front.DisposeAsync();
    }
}
