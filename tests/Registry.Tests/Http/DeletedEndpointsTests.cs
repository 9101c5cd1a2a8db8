using System.Net;
using System.Text;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>Deleted content is listed, restored unchanged, and purged.</summary>
public class DeletedEndpointsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => registry.Client;

    [Fact]
    public async Task A_deleted_tag_is_listed_and_restored()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await DeleteAsync("v1");
        var item = Assert.Single(await ListAsync());
        Assert.Equal(("v1", DigestOf(manifest), MediaType.OciManifest, manifest.Length),
            ((string?)item["reference"], (string?)item["digest"], (string?)item["mediaType"], (int)item["size"]!));
        Assert.Equal("anonymous", (string?)item["deletedBy"]);
        Assert.Equal((DateTimeOffset)item["deletedAt"]! + TimeSpan.FromDays(7),
            (DateTimeOffset)item["restorableUntil"]!, TimeSpan.FromMinutes(1));

        using var restored = await RestoreAsync("v1");
        Assert.Equal($$"""{"name":"{{_name}}","reference":"v1","tags":["v1"]}""", await restored.Content.ReadAsStringAsync());
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
        Assert.Empty(await ListAsync());
        // A client that lost the answer may repeat the request; what never existed is not found.
        (await RestoreAsync("v1")).Dispose();
        await (await RestoreAsync("v2", succeed: false)).AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
    }

    // S11 (docs/design/hardening.md)
    [Fact]
    public async Task Restored_tag_has_the_media_type_of_the_manifest_that_was_pushed_again()
    {
        const string other = "application/vnd.example.other+json";
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var image = Image();
        image.Remove("mediaType");
        var manifest = image.ToBytes();
        (await Client.PutManifestAsync(_name, "v1", manifest)).Dispose();
        await DeleteAsync(DigestOf(manifest));
        using var put = await Client.PutManifestAsync(_name, "v2", manifest, other);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        (await RestoreAsync("v1")).Dispose();
        foreach (var reference in new[] { "v1", "v2", DigestOf(manifest) })
        {
            using var get = await Client.GetAsync($"/v2/{_name}/manifests/{reference}");
            Assert.Equal((reference, other), (reference, get.Content.Headers.ContentType!.ToString()));
        }
    }

    // S11: also if it is pushed while it is being restored
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Manifest_that_is_pushed_again_during_its_restore_keeps_its_new_media_type(bool byTag)
    {
        const string other = "application/vnd.example.other+json";
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var image = Image();
        image.Remove("mediaType");
        var manifest = image.ToBytes();
        (await Client.PutManifestAsync(_name, "v1", manifest)).Dispose();
        await DeleteAsync(DigestOf(manifest));
        await using var late = await DelayedTables.StartAsync(request => request.Target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body).Contains($"\"m:{DigestOf(manifest)}\"", StringComparison.Ordinal));
        await using var restoring = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = late.ConnectionString);
        var target = $"/v2/{_name}/_registry/deleted/manifests/{(byTag ? "v1" : DigestOf(manifest))}";
        var restore = restoring.Client.PostAsync(target, null);
        await late.Arrived.WaitAsync(TimeSpan.FromSeconds(30));
        using var put = await Client.PutManifestAsync(_name, "v2", manifest, other);
        late.Release();
        using var restored = await restore;
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (put.StatusCode, restored.StatusCode));
        foreach (var reference in new[] { "v1", "v2", DigestOf(manifest) })
        {
            using var get = await Client.GetAsync($"/v2/{_name}/manifests/{reference}");
            Assert.Equal((reference, other), (reference, get.Content.Headers.ContentType!.ToString()));
        }
    }

    [Fact]
    public async Task Tag_that_is_restored_while_its_manifest_is_pushed_again_has_the_new_media_type()
    {
        const string other = "application/vnd.example.other+json";
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var image = Image();
        image.Remove("mediaType");
        var manifest = image.ToBytes();
        (await Client.PutManifestAsync(_name, "v1", manifest)).Dispose();
        await DeleteAsync("v1");
        await using var late = await DelayedTables.StartAsync(request => request.Target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body).Contains("\"t:v1\"", StringComparison.Ordinal));
        await using var restoring = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = late.ConnectionString);
        var restore = restoring.Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/v1", null);
        await late.Arrived.WaitAsync(TimeSpan.FromSeconds(30));
        await DeleteAsync(DigestOf(manifest));
        using var put = await Client.PutManifestAsync(_name, "v2", manifest, other);
        late.Release();
        using var restored = await restore;
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.OK), (put.StatusCode, restored.StatusCode));
        using var get = await Client.GetAsync($"/v2/{_name}/manifests/v1");
        Assert.Equal(other, get.Content.Headers.ContentType!.ToString());
        var listed = await Client.GetStringAsync($"/v2/{_name}/_registry/tags/list");
        Assert.DoesNotContain(MediaType.OciManifest, listed, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Restored_manifest_has_its_tags_and_is_listed_as_referrer()
    {
        var subject = await Client.PushImageAsync(_name, "subject", RandomBytes(10));
        var image = Image();
        image["subject"] = Descriptor(subject, MediaType.OciManifest);
        image["annotations"] = new System.Text.Json.Nodes.JsonObject { ["a"] = "b" };
        image["artifactType"] = "application/example";
        var manifest = image.ToBytes();
        using var put = await Client.PutAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}?tag=a&tag=b&tag=c",
            Body(manifest, MediaType.OciManifest));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        var referrers = await Client.GetStringAsync($"/v2/{_name}/referrers/{DigestOf(subject)}");
        await DeleteAsync(DigestOf(manifest));
        Assert.Equal(["a", "b", "c", DigestOf(manifest)], (await ListAsync()).Select(item => (string?)item["reference"]));
        // A tag that was moved meanwhile is not changed.
        await Client.PushImageAsync(_name, "b", RandomBytes(10));

        using var restored = await RestoreAsync(DigestOf(manifest));
        Assert.Equal($$"""{"name":"{{_name}}","reference":"{{DigestOf(manifest)}}","tags":["a","c"]}""",
            await restored.Content.ReadAsStringAsync());
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/a"));
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/c"));
        Assert.NotEqual(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/b"));
        Assert.Equal(referrers, await Client.GetStringAsync($"/v2/{_name}/referrers/{DigestOf(subject)}"));
        await (await RestoreAsync("b", succeed: false)).AssertErrorAsync(HttpStatusCode.Conflict, "DENIED");
    }

    [Fact]
    public async Task Restored_tag_restores_its_manifest_and_a_restored_index_its_children()
    {
        var child = await Client.PushImageAsync(_name, null, RandomBytes(10));
        var index = Index(child).ToBytes();
        (await Client.PutManifestAsync(_name, "v1", index, MediaType.OciIndex)).EnsureSuccessStatusCode();
        await DeleteAsync("v1");
        await DeleteAsync(DigestOf(index));
        await DeleteAsync(DigestOf(child));
        (await RestoreAsync("v1")).Dispose();
        Assert.Equal(index, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
        Assert.Equal(child, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(child)}"));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Manifest_of_any_size_is_restored()
    {
        var many = Enumerable.Range(0, 150).Select(i => BitConverter.GetBytes(i)).ToArray();
        foreach (var blob in many) await Client.PostBlobAsync(_name, blob);
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var image = Image(many);
        image["annotations"] = new System.Text.Json.Nodes.JsonObject { ["long"] = new string('x', 300_000) };
        (await Client.PutManifestAsync(_name, "large", image.ToBytes())).EnsureSuccessStatusCode();
        await DeleteAsync(DigestOf(image.ToBytes()));
        (await RestoreAsync("large")).Dispose();
        Assert.Equal(image.ToBytes(), await Client.GetByteArrayAsync($"/v2/{_name}/manifests/large"));
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Manifest_with_a_separately_deleted_blob_is_not_restored()
    {
        var layer = RandomBytes(10);
        var manifest = await Client.PushImageAsync(_name, "v1", layer);
        await DeleteAsync(DigestOf(manifest));
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(layer)}")).StatusCode);
        await (await RestoreAsync("v1", succeed: false)).AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).StatusCode);
        await Client.PushBlobAsync(_name, layer);
        (await RestoreAsync("v1")).Dispose();
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
    }

    [Fact]
    public async Task Manifest_whose_bytes_were_deleted_as_a_blob_is_restorable_after_pushing_them_again()
    {
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var image = Image();
        image["annotations"] = new System.Text.Json.Nodes.JsonObject { ["long"] = new string('x', 300_000) };
        var manifest = image.ToBytes();
        (await Client.PutManifestAsync(_name, "large", manifest)).EnsureSuccessStatusCode();
        await DeleteAsync(DigestOf(manifest));
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(manifest)}")).StatusCode);
        await (await RestoreAsync(DigestOf(manifest), succeed: false)).AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");
        // Into another object than before, as after a collection.
        var digests = new Azure.Data.Tables.TableClient(await SharedAzurite.GetConnectionStringAsync(), "digests");
        foreach (var row in new[] { "", _name.Replace('/', ':') }) await digests.DeleteEntityAsync(DigestOf(manifest), row);
        await Client.PushBlobAsync(_name, manifest);
        (await RestoreAsync(DigestOf(manifest))).Dispose();
        await using var other = await TestRegistry.StartAsync();
        Assert.Equal(manifest, await other.Client.GetByteArrayAsync($"/v2/{_name}/manifests/large"));
    }

    [Fact]
    public async Task Manifest_that_was_pushed_again_is_not_changed_by_a_restore()
    {
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var image = Image();
        image.Remove("mediaType");
        var manifest = image.ToBytes();
        (await Client.PutManifestAsync(_name, "v1", manifest)).EnsureSuccessStatusCode();
        await DeleteAsync(DigestOf(manifest));
        (await Client.PutManifestAsync(_name, "v2", manifest, MediaType.DockerManifest)).EnsureSuccessStatusCode();
        using var restored = await RestoreAsync(DigestOf(manifest));
        Assert.Equal(DigestOf(manifest), restored.Headers.GetValues("Docker-Content-Digest").Single());
        using var got = await Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}");
        Assert.Equal(MediaType.DockerManifest, got.Content.Headers.ContentType!.MediaType);
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Purging_a_manifest_purges_the_tags_deleted_with_it()
    {
        var (first, second) = (await Client.PushImageAsync(_name, "v1", RandomBytes(10)),
            await Client.PushImageAsync(_name, "v2", RandomBytes(10)));
        await DeleteAsync(DigestOf(first));
        await DeleteAsync("v2");
        await DeleteAsync(DigestOf(second));
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync(PathOf(DigestOf(first)))).StatusCode);
        Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync(PathOf(DigestOf(second)))).StatusCode);
        // Deleted separately, and so listed separately.
        Assert.Equal("v2", (string?)Assert.Single(await ListAsync())["reference"]);
        var error = await RestoreAsync("v2", succeed: false);
        Assert.Contains("cannot be restored any more. Push it again.", await error.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Purged_content_cannot_be_restored()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await DeleteAsync("v1");
        await DeleteAsync(DigestOf(manifest));
        foreach (var reference in new[] { "v1", DigestOf(manifest) })
        {
            Assert.Equal(HttpStatusCode.Accepted, (await Client.DeleteAsync(PathOf(reference))).StatusCode);
            await (await Client.DeleteAsync(PathOf(reference))).AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
            await (await RestoreAsync(reference, succeed: false)).AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
        }
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Manifest_with_many_tags_is_restored_with_all_of_them()
    {
        var manifest = await Client.PushImageAsync(_name, "t000", RandomBytes(10));
        for (var i = 1; i < 75; i++) (await Client.PutManifestAsync(_name, $"t{i:000}", manifest)).EnsureSuccessStatusCode();
        await DeleteAsync(DigestOf(manifest));
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
        var first = await Client.GetAsync($"/v2/{_name}/_registry/deleted/list?n=50");
        Assert.Contains($"</v2/{_name}/_registry/deleted/list?n=50&last=",
            first.Headers.GetValues("Link").Single(), StringComparison.Ordinal);
        var before = registry.Transactions;
        (await RestoreAsync(DigestOf(manifest))).Dispose();
        // Many in one transaction: a request must end.
        Assert.InRange(registry.Transactions - before, 1, 20);
        Assert.Equal(75, (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Count);
        Assert.Empty(await ListAsync());

        // Those that do not point elsewhere now.
        await DeleteAsync(DigestOf(manifest));
        var other = await Client.PushImageAsync(_name, "t010", RandomBytes(10));
        (await RestoreAsync(DigestOf(manifest))).Dispose();
        Assert.Equal(75, (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Count);
        Assert.Equal("t010", (string?)Assert.Single(await ListAsync())["reference"]);
        Assert.Equal(other, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/t010"));
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/t011"));
    }

    [Fact]
    public async Task Nothing_is_restorable_if_retention_of_deletions_is_zero()
    {
        await using var forgetful = await TestRegistry.StartAsync(options => options.Storage.DeletedRetention = TimeSpan.Zero);
        var manifest = await forgetful.Client.PushImageAsync(_name, "v1", RandomBytes(10));
        (await forgetful.Client.DeleteAsync($"/v2/{_name}/manifests/v1")).EnsureSuccessStatusCode();
        (await forgetful.Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).EnsureSuccessStatusCode();
        Assert.Empty(await ListAsync());
    }

    [Fact]
    public async Task Pulls_are_recorded_once_a_day_and_asynchronously()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        var uses = registry.Get<PullRecords>();
        await uses.WriteAsync(CancellationToken.None);
        for (var i = 0; i < 3; i++)
        {
            var before = registry.Transactions;
            await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1");
            Assert.Equal(1, registry.Transactions - before);
        }
        var (first, second) = (await CountAsync(), await CountAsync());
        Assert.Equal((1, 0), (first, second));
        await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}");
        Assert.Equal(0, await CountAsync());
        var table = new Azure.Data.Tables.TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        var row = (await table.GetEntityAsync<Azure.Data.Tables.TableEntity>(_name.Replace('/', ':'), $"l:{DigestOf(manifest)}")).Value;
        Assert.Equal(DateTime.UtcNow, DateTime.Parse(row.GetString("Pulled"), System.Globalization.CultureInfo.InvariantCulture),
            TimeSpan.FromDays(1.1));

        async Task<long> CountAsync()
        {
            var before = registry.Transactions;
            await uses.WriteAsync(CancellationToken.None);
            return registry.Transactions - before;
        }
    }

    string PathOf(string reference) => $"/v2/{_name}/_registry/deleted/manifests/{reference}";

    async Task DeleteAsync(string reference)
    {
        using var answer = await Client.DeleteAsync($"/v2/{_name}/manifests/{reference}");
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    async Task<HttpResponseMessage> RestoreAsync(string reference, bool succeed = true)
    {
        var answer = await Client.PostAsync(PathOf(reference), null);
        if (succeed) Assert.True(answer.StatusCode == HttpStatusCode.OK, await answer.Content.ReadAsStringAsync());
        return answer;
    }

    async Task<IEnumerable<System.Text.Json.Nodes.JsonNode>> ListAsync() =>
        (await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/list"))["deleted"]!.AsArray().OfType<System.Text.Json.Nodes.JsonNode>();
}
