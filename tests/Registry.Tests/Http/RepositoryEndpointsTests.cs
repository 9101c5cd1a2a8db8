using System.Net;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>A repository is deleted with all that is in it, and all of it can be restored.</summary>
// P11 (docs/design/hardening.md)
public sealed class RepositoryEndpointsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => registry.Client;

    string Content => $"/v2/{_name}/_registry/repository/content";

    [Fact]
    public async Task Everything_is_deleted_and_can_be_restored()
    {
        var image = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        using var index = await Client.PutManifestAsync(_name, "v2", Index(image).ToBytes(), MediaType.OciIndex);
        var many = await Client.PushImageAsync(_name, null, RandomBytes(11));
        for (var i = 0; i < 40; i += 20) await PushTagsAsync(many, i);
        Assert.Equal($$"""{"name":"{{_name}}","deleted":3,"left":0}""", await DeleteAsync());
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
        Assert.Equal($$"""{"name":"{{_name}}","deleted":0,"left":0}""", await DeleteAsync());

        foreach (var reference in new[] { "v2", "v1", DigestOf(many) })
        {
            using var restored = await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/{reference}", null);
            Assert.Equal(HttpStatusCode.OK, restored.StatusCode);
        }
        Assert.Equal(42, (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Count);
        Assert.Equal(image, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
    }

    [Fact]
    public async Task Repository_that_does_not_exist_is_not_found()
    {
        using var answer = await Client.DeleteAsync(Content);
        await answer.AssertErrorAsync(HttpStatusCode.NotFound, "NAME_UNKNOWN");
    }

    [Fact]
    public async Task Only_an_owner_may_delete_it()
    {
        await Client.PushImageAsync(_name, "a", RandomBytes(10));
        await using var others = await TestRegistry.StartAsync(
            options => options.Policy = TestPolicies.AnonymousMay("pull", "push", "overwrite", "delete", "list"));
        using var answer = await others.Client.DeleteAsync(Content);
        await answer.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        Assert.Single((await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
    }

    [Fact]
    public async Task Locked_tag_keeps_the_whole_repository()
    {
        await Client.PushImageAsync(_name, "a", RandomBytes(10));
        await Client.PushImageAsync(_name, "locked", RandomBytes(11));
        const string locks = """{"tags":[{"name":"releases","repositories":["test/**"],"tags":["locked"],"mode":"locked"}],""";
        await using var ruled = await TestRegistry.StartAsync(options => options.Policy = locks + TestPolicies.AnonymousMay("admin")[1..]);
        using var answer = await ruled.Client.DeleteAsync(Content);
        await answer.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        Assert.Contains("releases", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(2, (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Count);
    }

    /// <summary>A request whose time is up says how much is left; the next one goes on.</summary>
    [Fact]
    public async Task Request_ends_when_its_time_is_up_and_the_next_goes_on()
    {
        for (var i = 0; i < 5; i++) await Client.PushImageAsync(_name, $"v{i}", RandomBytes(10 + i));
        var result = await registry.Get<RepositoryDeleter>().DeleteAsync(
            RepositoryName.Parse(_name), "somebody", null, TimeSpan.Zero, CancellationToken.None);
        Assert.Equal(new RepositoryDeletion(0, 5, null), result);
        Assert.Equal($$"""{"name":"{{_name}}","deleted":5,"left":0}""", await DeleteAsync());
    }

    /// <summary>Tags that take several transactions are deleted before their manifest: a request ends between them, too.</summary>
    [Fact]
    public async Task Request_ends_within_a_manifest_of_many_tags_and_the_next_goes_on()
    {
        var manifest = await Client.PushImageAsync(_name, null, RandomBytes(10));
        for (var i = 0; i < 400; i += 20) await PushTagsAsync(manifest, i);
        var requests = 0;
        var left = 1;
        for (; left > 0; requests++)
        {
            Assert.True(requests < 100, $"{left} are left.");
            var result = await registry.Get<RepositoryDeleter>().DeleteAsync(
                RepositoryName.Parse(_name), "somebody", null, TimeSpan.FromMilliseconds(20), CancellationToken.None);
            left = result!.Value.Left;
        }
        Assert.True(requests > 1);
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
    }

    async Task PushTagsAsync(byte[] manifest, int first)
    {
        var query = string.Join('&', Enumerable.Range(first, 20).Select(tag => $"tag=t{tag:00}"));
        using var put = await Client.PutAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}?{query}", Body(manifest, MediaType.OciManifest));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
    }

    async Task<string> DeleteAsync()
    {
        using var answer = await Client.DeleteAsync(Content);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
        return await answer.Content.ReadAsStringAsync();
    }
}
