using System.Net;
using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>A preview states what a delete would do, and the delete does exactly that.</summary>
public class DeletePreviewTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => registry.Client;

    [Fact]
    public async Task Preview_of_deleting_a_tag_lists_only_the_tag()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        (await Client.PutManifestAsync(_name, "v2", manifest)).EnsureSuccessStatusCode();
        var preview = await PreviewAsync("v1");
        Assert.Equal((DigestOf(manifest), false, false, 0),
            ((string?)preview["digest"], (bool)preview["manifest"]!, (bool)preview["untagged"]!, (int)preview["freedBytes"]!));
        Assert.Equal(["v1"], Texts(preview["tags"]));
        Assert.Equal(DateTimeOffset.UtcNow + TimeSpan.FromDays(7), (DateTimeOffset)preview["restorableUntil"]!, TimeSpan.FromMinutes(1));
        (await Client.DeleteAsync($"/v2/{_name}/manifests/v1")).EnsureSuccessStatusCode();
        Assert.True((bool)(await PreviewAsync("v2"))["untagged"]!);
    }

    [Fact]
    public async Task Preview_of_deleting_a_manifest_lists_its_tags_and_the_freed_bytes()
    {
        var (shared, alone) = (RandomBytes(1000), RandomBytes(500));
        var manifest = await Client.PushImageAsync(_name, "v1", shared, alone);
        (await Client.PutManifestAsync(_name, "v2", manifest)).EnsureSuccessStatusCode();
        await Client.PushImageAsync(_name, "other", shared);
        var index = Index(manifest).ToBytes();
        (await Client.PutManifestAsync(_name, "index", index, MediaType.OciIndex)).EnsureSuccessStatusCode();
        var signature = Image();
        signature["subject"] = Descriptor(manifest, MediaType.OciManifest);
        signature["artifactType"] = "application/example";
        (await Client.PutManifestAsync(_name, DigestOf(signature.ToBytes()), signature.ToBytes())).EnsureSuccessStatusCode();

        var preview = await PreviewAsync(DigestOf(manifest));
        Assert.True((bool)preview["manifest"]!);
        Assert.Equal(["v1", "v2"], Texts(preview["tags"]));
        Assert.Equal([DigestOf(index)], Texts(preview["parents"]));
        Assert.Equal(DigestOf(signature.ToBytes()), (string?)Assert.Single(preview["referrers"]!.AsArray())!["digest"]);
        // All these images share the config.
        Assert.Equal(500, (int)preview["freedBytes"]!);
        Assert.Null(preview["refused"]);
        // The preview changed nothing.
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/list"))["deleted"]!.AsArray());
    }

    [Fact]
    public async Task Restorable_manifests_keep_their_blobs()
    {
        var (shared, alone) = (RandomBytes(700), RandomBytes(30));
        var deleted = await Client.PushImageAsync(_name, "deleted", shared);
        var manifest = await Client.PushImageAsync(_name, "v1", shared, alone);
        await Client.PushImageAsync(_name, "v2", RandomBytes(10));
        Assert.Equal(30, (int)(await PreviewAsync(DigestOf(manifest)))["freedBytes"]!);
        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(deleted)}")).EnsureSuccessStatusCode();
        Assert.Equal(30, (int)(await PreviewAsync(DigestOf(manifest)))["freedBytes"]!);
        (await Client.DeleteAsync($"/v2/{_name}/_registry/deleted/manifests/{DigestOf(deleted)}")).EnsureSuccessStatusCode();
        Assert.Equal(730, (int)(await PreviewAsync(DigestOf(manifest)))["freedBytes"]!);
    }

    [Fact]
    public async Task Preview_costs_the_expected_transactions()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10), RandomBytes(20));
        // They share the config.
        await Client.PushImageAsync(_name, "v2", RandomBytes(10));
        var before = registry.Transactions;
        await PreviewAsync("v1");
        Assert.Equal(2, registry.Transactions - before);
        before = registry.Transactions;
        await PreviewAsync(DigestOf(manifest));
        Assert.Equal(3 + 2 + 2, registry.Transactions - before);
    }

    [Fact]
    public async Task Preview_of_a_refused_delete_has_the_message_of_the_refusal()
    {
        await using var locked = await TestRegistry.StartAsync(options => options.Policy = """
            { "tags": [{ "name": "releases", "repositories": ["**"], "tags": ["v*"], "mode": "locked" }],
              "rules": [{ "name": "all", "subjects": [{ "anonymous": true }], "repositories": ["**"], "actions": ["admin"] }] }
            """);
        var manifest = await Client.PushImageAsync(_name, "latest", RandomBytes(10));
        (await Client.PutManifestAsync(_name, "v1", manifest)).EnsureSuccessStatusCode();
        foreach (var reference in new[] { "v1", DigestOf(manifest) })
        {
            var preview = await locked.Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/preview/{reference}");
            using var refusal = await locked.Client.DeleteAsync($"/v2/{_name}/manifests/{reference}");
            Assert.Equal(HttpStatusCode.Forbidden, refusal.StatusCode);
            Assert.Equal((string?)JsonNode.Parse(await refusal.Content.ReadAsStringAsync())!["errors"]![0]!["message"],
                (string?)preview["refused"]);
        }
        Assert.Null((await locked.Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/preview/latest"))["refused"]);
    }

    [Fact]
    public async Task Preview_of_missing_content_is_404()
    {
        foreach (var reference in new[] { "v1", DigestOf([]), "no+tag" })
        {
            using var answer = await Client.GetAsync($"/v2/{_name}/_registry/deleted/preview/{reference}");
            await answer.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
        }
    }

    Task<JsonNode> PreviewAsync(string reference) => Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/preview/{reference}");

    static IEnumerable<string?> Texts(JsonNode? array) => array!.AsArray().Select(text => (string?)text);
}
