using System.Net;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>Rules on tags under races: when the registry reads a tag here, another client pushes at that moment.</summary>
public sealed class ImmutableTagTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => registry.Client;

    /// <summary>Number of tags of one manifest: more than one transaction deletes.</summary>
    const int Tags = 60;

    /// <summary>
    /// While the tags are checked before any deletion, and while they are deleted; sorted before and after the others.
    /// </summary>
    [Theory]
    [InlineData(1, "a-locked")]
    [InlineData(1, "z-locked")]
    [InlineData(Tags + 1, "a-locked")]
    [InlineData(Tags + 1, "z-locked")]
    [InlineData(2 * Tags, "a-locked")]
    [InlineData(2 * Tags, "z-locked")]
    public async Task Locked_tag_pushed_during_a_delete_is_kept_with_its_manifest(int moment, string locked)
    {
        var manifest = await Client.PushImageAsync(_name, null);
        for (var i = 0; i < Tags; i += 20)
        {
            var query = string.Join('&', Enumerable.Range(i, 20).Select(t => $"tag=t{t:00}"));
            using var put = await Client.PutAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}?{query}",
                Body(manifest, MediaType.OciManifest));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        var asked = 0;
        var result = await registry.Get<ManifestDeleter>().DeleteAsync(RepositoryName.Parse(_name),
            ReferenceOf(DigestOf(manifest)), "somebody", IsLocked, condition: null, CancellationToken.None);

        Assert.Equal((DeleteStatus.Locked, locked), (result.Status, result.Locked?.Value));
        Assert.True(asked >= moment);
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{locked}"));
        var tags = (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Select(tag => (string)tag!).ToList();
        // A locked tag that is seen before the first deletion prevents all of them.
        if (moment == 1 && locked == "a-locked") Assert.Equal(Tags + 1, tags.Count);
        foreach (var tag in tags) Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{tag}"));

        bool IsLocked(Tag tag)
        {
            if (++asked == moment) Push(locked, manifest, MediaType.OciManifest);
            return tag.Value == locked;
        }
    }

    [Fact]
    public async Task Locked_tag_is_refused_before_any_other_is_deleted()
    {
        var manifest = await Client.PushImageAsync(_name, "z-locked");
        for (var i = 0; i < Tags; i += 20)
        {
            var query = string.Join('&', Enumerable.Range(i, 20).Select(t => $"tag=t{t:00}"));
            using var put = await Client.PutAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}?{query}",
                Body(manifest, MediaType.OciManifest));
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        var result = await registry.Get<ManifestDeleter>().DeleteAsync(RepositoryName.Parse(_name),
            ReferenceOf(DigestOf(manifest)), "somebody", tag => tag.Value == "z-locked", condition: null, CancellationToken.None);
        Assert.Equal(DeleteStatus.Locked, result.Status);
        Assert.Equal(Tags + 1, (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Count);
    }

    /// <summary>Neither the tag nor a manifest exists when they are looked up.</summary>
    [Fact]
    public async Task Of_many_first_pushes_of_an_immutable_tag_one_wins()
    {
        var manifests = new List<byte[]>();
        for (var i = 0; i < 12; i++) manifests.Add(await Client.PushImageAsync(_name, null, RandomBytes(10)));
        await using var other = await TestRegistry.StartAsync(options => options.Policy = Policy);
        await using var one = await TestRegistry.StartAsync(options => options.Policy = Policy);
        for (var round = 0; round < 5; round++)
        {
            var answers = await Task.WhenAll(manifests.Select((manifest, i) =>
                (i % 2 == 0 ? one : other).Client.PutManifestAsync(_name, $"v{round}", manifest)));
            var won = Assert.Single(answers, answer => answer.StatusCode == HttpStatusCode.Created);
            Assert.All(answers, answer => Assert.True(answer == won || answer.StatusCode == HttpStatusCode.Forbidden, answer.ToString()));
            Assert.Equal(manifests[Array.IndexOf(answers, won)], await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v{round}"));
        }
    }

    /// <summary>Deletes by digest race with pushes of a locked tag: once a push is acknowledged, the tag exists.</summary>
    [Fact]
    public async Task Acknowledged_locked_tag_survives_deletes_of_its_manifest()
    {
        await using var one = await TestRegistry.StartAsync(options => options.Policy = Policy);
        await using var other = await TestRegistry.StartAsync(options => options.Policy = Policy);
        for (var round = 0; round < 15; round++)
        {
            var (tag, manifest) = ($"v{round}", await Client.PushImageAsync(_name, $"t{round}", RandomBytes(10)));
            var deletes = Task.WhenAll(Enumerable.Range(0, 3)
                .Select(_ => other.Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")));
            using var put = await one.Client.PutManifestAsync(_name, tag, manifest);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
            Assert.All(await deletes,
                answer => Assert.True(answer.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.NotFound or HttpStatusCode.Forbidden,
                answer.ToString()));
            Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{tag}"));
            using var refused = await other.Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}");
            Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        }
        var rows = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories")
            .Query<TableEntity>($"PartitionKey eq '{_name.Replace('/', ':')}'").Select(row => row.RowKey).ToHashSet();
        foreach (var row in rows.Where(row => row.StartsWith("d:", StringComparison.Ordinal)))
            Assert.Contains($"t:{row[(row.LastIndexOf(':') + 1)..]}", rows);
    }

    static string Policy => $$"""{ "tags": [{ "name": "releases", "repositories": ["test/**"], "tags": ["v*"], "mode": "locked" }],""" +
        $$"""{{TestPolicies.AnonymousMay("admin")[1..]}}""";

    void Push(string tag, byte[] manifest, string mediaType)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/{tag}") { Content = Body(manifest, mediaType) };
        using var answer = Client.Send(request);
        Assert.Equal(HttpStatusCode.Created, answer.StatusCode);
    }

    static Reference ReferenceOf(string text) => Reference.TryParse(text, out var reference) ? reference : throw new FormatException(text);
}
