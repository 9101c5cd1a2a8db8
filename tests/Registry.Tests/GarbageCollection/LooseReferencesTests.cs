using System.Net;
using System.Text;
using Azure.Data.Tables;
using Registry.Integrity;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Integrity;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>Optional references hold content as long as their manifest: for the collector, deletes, restore and check.</summary>
public sealed class LooseReferencesTests(IsolatedStorage storage) : IClassFixture<IsolatedStorage>, IAsyncLifetime
{
    const string Sparse =
        """{"rules":[{"name":"all","subjects":[{"anonymous":true}],"repositories":["**"],"actions":["admin"]}],""" +
        """ "sparseManifests":["sparse/**"]}""";

    readonly string _name = $"sparse/{Guid.NewGuid():N}";
    readonly byte[] _layer = RandomBytes(100);
    TestRegistry _registry = null!;

    HttpClient Client => _registry.Client;

    public async Task InitializeAsync() => _registry = await storage.StartAsync(
        TimeSpan.FromHours(1), TimeSpan.FromHours(1), options => options.Policy = Sparse);

    public Task DisposeAsync() => _registry.DisposeAsync();

    // P1 (docs/design/hardening.md)
    [Theory]
    [InlineData("application/vnd.docker.distribution.manifest.v1+prettyjws", """{"schemaVersion":1,"fsLayers":[{"blobSum":"DIGEST"}]}""")]
    [InlineData("application/vnd.example.v1+json", """{"parts":{"DIGEST":"a name"}}""")]
    [InlineData("application/vnd.example.v1+toml", "layer = 'example.com/x@DIGEST'")]
    public async Task Content_of_a_manifest_of_unknown_type_is_kept(string type, string text)
    {
        await Client.PushBlobAsync(_name, _layer);
        var manifest = Encoding.UTF8.GetBytes(text.Replace("DIGEST", DigestOf(_layer), StringComparison.Ordinal));
        using var put = await Client.PutManifestAsync(_name, "v1", manifest, type);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await AssertKeptAsync(manifest);
    }

    // P13 (docs/design/hardening.md): cosign load pushes the manifest before its layers.
    [Fact]
    public async Task Content_that_is_pushed_after_its_manifest_is_kept()
    {
        var manifest = Image(_layer).ToBytes();
        using (var put = await Client.PutManifestAsync(_name, "v1", manifest)) Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Empty((await CheckAsync()).Findings);
        // A deleted one can be restored although its content is missing.
        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).EnsureSuccessStatusCode();
        Assert.Empty((await CheckAsync()).Findings);
        (await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/{DigestOf(manifest)}", null)).EnsureSuccessStatusCode();
        await Client.PushBlobAsync(_name, _layer);
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        await AssertKeptAsync(manifest);
    }

    [Fact]
    public async Task Children_that_are_pushed_after_their_index_are_children()
    {
        var child = Image().ToBytes();
        var index = Index(child);
        index["manifests"]!.AsArray().Add(Descriptor(_layer, "application/x"));
        using (var put = await Client.PutManifestAsync(_name, "v1", index.ToBytes(), MediaType.OciIndex))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await Client.PushImageAsync(_name, null);
        await Client.PushBlobAsync(_name, _layer);
        var preview = await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/preview/{DigestOf(child)}");
        Assert.Equal(DigestOf(index.ToBytes()), (string?)Assert.Single(preview["parents"]!.AsArray()));
        await AssertKeptAsync(index.ToBytes());
    }

    [Fact]
    public async Task An_index_is_restored_with_its_children_but_without_those_that_were_never_pushed()
    {
        var child = await Client.PushImageAsync(_name, null, _layer);
        var index = Index("never pushed"u8.ToArray(), child).ToBytes();
        (await Client.PutManifestAsync(_name, "v1", index, MediaType.OciIndex)).EnsureSuccessStatusCode();
        foreach (var manifest in new[] { index, child })
            (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).EnsureSuccessStatusCode();
        (await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/v1", null)).EnsureSuccessStatusCode();
        Assert.Equal(child, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(child)}"));
    }

    [Fact]
    public async Task A_row_that_has_lost_its_references_gets_those_back_whose_content_is_missing()
    {
        var manifest = Encoding.UTF8.GetBytes($"[\"{DigestOf(_layer)}\"]");
        (await Client.PutManifestAsync(_name, "v1", manifest, "application/vnd.example")).EnsureSuccessStatusCode();
        await LoseAndRepairReferencesAsync(manifest);
        await Client.PushBlobAsync(_name, _layer);
        await PassTwiceAsync();
        Assert.Equal(_layer, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(_layer)}"));
    }

    // P1 (docs/design/hardening.md): one digest may be that of a manifest and of a blob.
    [Theory]
    [InlineData("application/vnd.example.v1+json")]
    [InlineData(MediaType.OciIndex)]
    public async Task Content_that_is_a_manifest_and_a_blob_is_kept_as_both(string type)
    {
        var child = await Client.PushImageAsync(_name, null);
        await Client.PushBlobAsync(_name, child);
        var index = Index();
        index["mediaType"] = type;
        index["manifests"]!.AsArray().Add(Descriptor(child, "application/x"));
        using (var put = await Client.PutManifestAsync(_name, "v1", index.ToBytes(), type))
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await PassTwiceAsync();
        Assert.Equal(child, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(child)}"));
        var preview = await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/preview/{DigestOf(child)}");
        Assert.Equal(DigestOf(index.ToBytes()), (string?)Assert.Single(preview["parents"]!.AsArray()));
    }

    // P3 (docs/design/hardening.md): what was accepted once is not lost when the rules become stricter.
    [Fact]
    public async Task A_manifest_that_would_not_be_accepted_any_more_is_restored()
    {
        var manifest = Encoding.UTF8.GetBytes($$"""{"layers":["{{DigestOf(_layer)}}"]}""");
        await Client.PushBlobAsync(_name, _layer);
        (await Client.PutManifestAsync(_name, "v1", manifest, "application/vnd.example")).EnsureSuccessStatusCode();
        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).EnsureSuccessStatusCode();
        var table = storage.Table("repositories");
        var row = (await table.GetEntityAsync<TableEntity>(_name.Replace('/', ':'), $"x:{DigestOf(manifest)}")).Value;
        row["MediaType"] = "application/json";
        await table.UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);

        (await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/{DigestOf(manifest)}", null)).EnsureSuccessStatusCode();
        using var get = await Client.GetAsync($"/v2/{_name}/manifests/v1");
        Assert.Equal("application/json", get.Content.Headers.ContentType?.MediaType);
        Assert.Equal(manifest, await get.Content.ReadAsByteArrayAsync());
        await PassTwiceAsync();
        Assert.Equal(_layer, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(_layer)}"));
    }

    [Fact]
    public async Task Only_the_repositories_of_the_policy_accept_sparse_manifests_and_the_error_says_so()
    {
        using var put = await Client.PutManifestAsync(TestRegistry.NewName(), "v1", Image(_layer).ToBytes());
        Assert.Contains("sparseManifests", await put.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await put.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");
    }

    /// <summary>Passes, a delete, a restore and a check: the layer stays.</summary>
    async Task AssertKeptAsync(byte[] manifest)
    {
        await PassTwiceAsync();
        using (var delete = await Client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(_layer)}"))
            await delete.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");
        Assert.Empty((await CheckAsync()).Findings);

        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).EnsureSuccessStatusCode();
        await PassTwiceAsync(_registry);
        (await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/{DigestOf(manifest)}", null)).EnsureSuccessStatusCode();
        await PassTwiceAsync();
        Assert.Equal(_layer, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(_layer)}"));
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
        Assert.Empty((await CheckAsync()).Findings);

        await LoseAndRepairReferencesAsync(manifest);
        await PassTwiceAsync();
        Assert.Equal(_layer, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(_layer)}"));
    }

    async Task LoseAndRepairReferencesAsync(byte[] manifest)
    {
        var row = (await storage.Table("repositories").GetEntityAsync<TableEntity>(
            _name.Replace('/', ':'), $"m:{DigestOf(manifest)}")).Value;
        row.Remove("References0");
        await storage.Table("repositories").UpdateEntityAsync(row, row.ETag, TableUpdateMode.Replace);
        var (found, _) = await CheckAsync(repair: true);
        Assert.Equal([FindingKind.ManifestColumns], found.Select(finding => finding.Kind));
        Assert.Empty((await CheckAsync()).Findings);
    }

    async Task PassTwiceAsync(TestRegistry? registry = null)
    {
        for (var i = 0; i < 2; i++) await storage.CollectAsync(registry ?? storage.NoGracePeriod);
    }

    async Task<(List<Finding> Findings, CheckReport Report)> CheckAsync(bool repair = false)
    {
        var findings = new List<Finding>();
        var options = new CheckOptions(Repair: repair, Repositories: [RepositoryName.Parse(_name)]);
        var check = new IntegrityCheck(_registry.Get<StorageAccount>(), new HealthyRegistry.NoWaitTime());
        var report = await check.RunAsync(options, findings.Add, CancellationToken.None);
        return (findings, report);
    }
}
