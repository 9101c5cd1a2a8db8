using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>Tags that stay as they were pushed, for a caller that may do everything else.</summary>
public sealed class TagRuleTests : IAsyncLifetime
{
    const string Rules = """
        "tags": [
          { "name": "once only", "repositories": ["test/**"], "tags": ["once-*", "both-*"], "mode": "once" },
          { "name": "releases", "repositories": ["test/**"], "tags": ["v*", "both-*"], "mode": "locked" }
        ]
        """;

    readonly string _name = TestRegistry.NewName();
    TestRegistry _registry = null!;
    TestRegistry _pushersOnly = null!;

    HttpClient Client => _registry.Client;

    public async Task InitializeAsync()
    {
        _registry = await StartAsync("admin");
        _pushersOnly = await StartAsync("pull", "push");
    }

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _pushersOnly.DisposeAsync();
    }

    [Theory]
    [InlineData("once-1", "once only")]
    [InlineData("v1", "releases")]
    [InlineData("both-1", "releases")]
    public async Task Tag_is_pushed_once_and_never_moved(string tag, string rule)
    {
        var first = await Client.PushImageAsync(_name, tag);
        var second = await Client.PushImageAsync(_name, "latest", RandomBytes(10));
        await AssertAnswerAsync(Client.PutManifestAsync(_name, tag, first), HttpStatusCode.Created);
        foreach (var client in new[] { Client, _pushersOnly.Client })
        {
            await AssertDeniedAsync(client.PutManifestAsync(_name, tag, second), tag, rule, "Push another tag");
            // None of the tags of one push is set.
            await AssertDeniedAsync(client.PutAsync($"/v2/{_name}/manifests/{DigestOf(second)}?tag=other&tag={tag}",
                Body(second, MediaType.OciManifest)), tag, rule);
        }
        Assert.Equal([.. new[] { "latest", tag }.Order(StringComparer.Ordinal)], await TagsAsync());
        Assert.Equal(first, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{tag}"));
        // Other tags can be moved.
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "latest", first), HttpStatusCode.Created);
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "once", first), HttpStatusCode.Created);
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "once", second), HttpStatusCode.Created);
    }

    [Fact]
    public async Task Failed_condition_takes_precedence_over_a_tag_rule()
    {
        await Client.PushImageAsync(_name, "v1");
        var second = await Client.PushImageAsync(_name, null, RandomBytes(10));
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/v1")
        {
            Content = Body(second, MediaType.OciManifest),
        };
        request.Headers.TryAddWithoutValidation("If-None-Match", "*");
        await AssertAnswerAsync(Client.SendAsync(request), HttpStatusCode.PreconditionFailed);
    }

    [Fact]
    public async Task Write_once_tag_can_be_deleted_and_pushed_again()
    {
        var first = await Client.PushImageAsync(_name, "once-1");
        var second = await Client.PushImageAsync(_name, null, RandomBytes(10));
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/once-1"), HttpStatusCode.Accepted);
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "once-1", second), HttpStatusCode.Created);
        await AssertDeniedAsync(Client.PutManifestAsync(_name, "once-1", first), "once-1", "once only");
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(second)}"), HttpStatusCode.Accepted);
        Assert.Empty(await TagsAsync());
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("both-1")]
    public async Task Locked_tag_and_its_manifest_cannot_be_deleted(string tag)
    {
        var image = await Client.PushImageAsync(_name, tag);
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "latest", image), HttpStatusCode.Created);
        await AssertDeniedAsync(Client.DeleteAsync($"/v2/{_name}/manifests/{tag}"), tag, "releases", "can change the rule");
        await AssertDeniedAsync(Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(image)}"),
            tag, "releases", DigestOf(image), "can change the rule");
        Assert.Equal([.. new[] { "latest", tag }.Order(StringComparer.Ordinal)], await TagsAsync());
        Assert.Equal(image, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{tag}"));

        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/latest"), HttpStatusCode.Accepted);
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/v2"), HttpStatusCode.NotFound);
        var other = await Client.PushImageAsync(_name, "other", RandomBytes(10));
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(other)}"), HttpStatusCode.Accepted);
    }

    // S11 (docs/design/hardening.md)
    [Theory]
    [InlineData("v1")]
    [InlineData("once-1")]
    [InlineData("latest")]
    public async Task Manifest_keeps_its_media_type(string tag)
    {
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var document = Image();
        document.Remove("mediaType");
        var image = document.ToBytes();
        await AssertAnswerAsync(Client.PutManifestAsync(_name, tag, image), HttpStatusCode.Created);
        await AssertAnswerAsync(Client.PutManifestAsync(_name, DigestOf(image), image), HttpStatusCode.Created);
        foreach (var reference in new[] { DigestOf(image), "another", tag })
        {
            using var answer = await Client.PutManifestAsync(_name, reference, image, "application/vnd.example.other+json");
            await answer.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        }
        foreach (var reference in new[] { DigestOf(image), tag })
        {
            using var get = await Client.GetAsync($"/v2/{_name}/manifests/{reference}");
            Assert.Equal(MediaType.OciManifest, get.Content.Headers.ContentType!.ToString());
        }
    }

    // S18 (docs/design/hardening.md)
    [Fact]
    public async Task What_a_locked_tag_reaches_cannot_be_deleted()
    {
        var layer = RandomBytes(10);
        var image = await Client.PushImageAsync(_name, "latest", layer);
        var inner = Index(image).ToBytes();
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "t1", inner, MediaType.OciIndex), HttpStatusCode.Created);
        var outer = Index(inner);
        outer["manifests"]![0]!["mediaType"] = MediaType.OciIndex;
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "v1", outer.ToBytes(), MediaType.OciIndex), HttpStatusCode.Created);
        foreach (var held in new[] { image, inner })
        {
            await AssertDeniedAsync(Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(held)}"),
                "v1", "releases", DigestOf(held), DigestOf(outer.ToBytes()));
            var preview = await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/preview/{DigestOf(held)}");
            Assert.Contains("releases", (string)preview["refused"]!, StringComparison.Ordinal);
        }
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(layer)}"), HttpStatusCode.MethodNotAllowed);
        // A tag of it that is not locked is only a name.
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/t1"), HttpStatusCode.Accepted);
        Assert.Equal(image, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(image)}"));
    }

    [Fact]
    public async Task Child_of_an_index_without_a_locked_tag_can_be_deleted()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        var image = await Client.PushImageAsync(_name, null, RandomBytes(11));
        await AssertAnswerAsync(Client.PutManifestAsync(_name, "t1", Index(image).ToBytes(), MediaType.OciIndex), HttpStatusCode.Created);
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(image)}"), HttpStatusCode.Accepted);
    }

    /// <summary>An index that is tagged meanwhile touches its children, so the delete is decided again.</summary>
    [Fact]
    public async Task Child_of_an_index_survives_deletes_that_race_with_the_push_of_the_locked_tag()
    {
        for (var round = 0; round < 10; round++)
        {
            var image = await Client.PushImageAsync(_name, null, RandomBytes(10));
            var deletes = Task.WhenAll(Enumerable.Range(0, 3)
                .Select(_ => Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(image)}")));
            using var put = await Client.PutManifestAsync(_name, $"v{round}", Index(image).ToBytes(), MediaType.OciIndex);
            await deletes;
            using var get = await Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(image)}");
            Assert.Equal(put.StatusCode == HttpStatusCode.Created, get.StatusCode == HttpStatusCode.OK);
        }
    }

    /// <summary>
    /// An index whose children do not fit into one transaction touches them before its tags are written: deletes come in between.
    /// </summary>
    [Fact]
    public async Task Child_of_a_large_index_survives_deletes_during_the_push_of_the_locked_tag()
    {
        var image = Image();
        await Client.PushImageAsync(_name, null);
        var children = new List<byte[]>();
        for (var i = 0; i < 100; i++)
        {
            image["annotations"] = new JsonObject { ["i"] = $"{i}" };
            children.Add(image.ToBytes());
            await AssertAnswerAsync(Client.PutManifestAsync(_name, DigestOf(children[i]), children[i]), HttpStatusCode.Created);
        }
        await using var late = await DelayedTables.StartAsync(request => request.Target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body).Contains("\"t:v1\"", StringComparison.Ordinal));
        await using var pushing = await StartAsync(options => options.Storage.ConnectionString = late.ConnectionString, "admin");
        var push = pushing.Client.PutManifestAsync(_name, "v1", Index([.. children]).ToBytes(), MediaType.OciIndex);
        await late.Arrived.WaitAsync(TimeSpan.FromSeconds(30));
        var delete = Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(children[0])}");
        var all = Client.DeleteAsync($"/v2/{_name}/_registry/repository/content");
        await AssertAnswerAsync(all, HttpStatusCode.Accepted);
        await Task.WhenAny(delete, Task.Delay(TimeSpan.FromSeconds(1)));
        late.Release();
        await AssertAnswerAsync(push, HttpStatusCode.Created);
        await AssertDeniedAsync(delete, "v1", "releases");
        foreach (var child in children)
            await AssertAnswerAsync(Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(child)}"), HttpStatusCode.OK);
    }

    [Fact]
    public async Task Tag_rules_do_not_apply_to_other_repositories()
    {
        var name = $"free/{Guid.NewGuid():N}";
        var first = await Client.PushImageAsync(name, "v1");
        var second = await Client.PushImageAsync(name, "v1", RandomBytes(10));
        await AssertAnswerAsync(Client.DeleteAsync($"/v2/{name}/manifests/v1"), HttpStatusCode.Accepted);
        foreach (var image in new[] { first, second })
            await AssertAnswerAsync(Client.DeleteAsync($"/v2/{name}/manifests/{DigestOf(image)}"), HttpStatusCode.Accepted);
    }

    static Task<TestRegistry> StartAsync(params string[] actions) => StartAsync(_ => { }, actions);

    static Task<TestRegistry> StartAsync(Action<RegistryOptions> configure, params string[] actions) => TestRegistry.StartAsync(options =>
    {
        options.Policy = $"{{{Rules}, {TestPolicies.AnonymousMay(actions)[1..]}";
        configure(options);
    });

    async Task<IEnumerable<string>> TagsAsync() => (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray()
        .Select(tag => (string)tag!);

    static async Task AssertAnswerAsync(Task<HttpResponseMessage> request, HttpStatusCode expected)
    {
        using var answer = await request;
        Assert.True(answer.StatusCode == expected, $"{answer.StatusCode}: {await answer.Content.ReadAsStringAsync()}");
    }

    static async Task AssertDeniedAsync(Task<HttpResponseMessage> request, string tag, string rule, params string[] expected)
    {
        using var answer = await request;
        await answer.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        var message = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["errors"]![0]!["message"]!;
        Assert.All([$"tag {tag}", $"rule '{rule}'", .. expected], words => Assert.Contains(words, message, StringComparison.Ordinal));
    }
}
