using System.Net;
using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>Tags, referrers and the catalog: the three lists, and their paging.</summary>
public class ListEndpointsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly HttpClient _client = registry.Client;
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task Tags_come_in_the_order_of_their_bytes_and_in_pages()
    {
        var manifest = await _client.PushImageAsync(_name, null);
        string[] tags = ["b", "B", "a", "_x", "1.0", "10", "a-1", "a.1"];
        (await _client.PutManifestAsync(_name, $"{DigestOf(manifest)}?{string.Join('&', tags.Select(t => $"tag={t}"))}",
            manifest)).Dispose();
        var sorted = tags.Order(StringComparer.Ordinal).ToArray();
        Assert.Equal(sorted, await ReadAllAsync($"/v2/{_name}/tags/list", "tags"));
        for (var n = 1; n <= 9; n++) Assert.Equal(sorted, await ReadAllAsync($"/v2/{_name}/tags/list?n={n}", "tags"));
        Assert.Equal(sorted.Where(t => string.CompareOrdinal(t, "a") > 0), await ReadAllAsync($"/v2/{_name}/tags/list?last=a", "tags"));
        Assert.Equal(sorted.Where(t => string.CompareOrdinal(t, "a-0") > 0),
            await ReadAllAsync($"/v2/{_name}/tags/list?n=2&last=a-0", "tags"));
        Assert.Equal(sorted, await ReadAllAsync($"/v2/{_name}/tags/list?n=99999999999", "tags"));
        Assert.Empty(await ReadAllAsync($"/v2/{_name}/tags/list?last=zzz", "tags"));
    }

    [Fact]
    public async Task Details_of_tags_cost_as_much_as_their_names()
    {
        var (one, other) = (await _client.PushImageAsync(_name, "a", RandomBytes(10)),
            await _client.PushImageAsync(_name, "b", RandomBytes(10)));
        (await _client.PutManifestAsync(_name, "c", one)).EnsureSuccessStatusCode();
        var before = registry.Transactions;
        using var answer = await _client.GetAsync($"/v2/{_name}/_registry/tags/list?n=2");
        Assert.Equal(1, registry.Transactions - before);
        var list = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        Assert.Equal(["pull", "push", "overwrite", "delete", "list", "admin"],
            list["actions"]!.AsArray().Select(action => (string?)action));
        Assert.Equal([("a", DigestOf(one)), ("b", DigestOf(other))],
            list["tags"]!.AsArray().Select(tag => ((string?)tag!["tag"], (string?)tag["digest"])));
        Assert.All(list["tags"]!.AsArray(), tag =>
        {
            Assert.Equal((MediaType.OciManifest, one.Length), ((string?)tag!["mediaType"], (int)tag["size"]!));
            Assert.Equal(DateTimeOffset.UtcNow, (DateTimeOffset)tag["changed"]!, TimeSpan.FromMinutes(1));
        });
        Assert.Equal($"</v2/{_name}/_registry/tags/list?n=2&last=b>; rel=\"next\"", Assert.Single(answer.Headers.GetValues("Link")));
        Assert.Equal(3, (await _client.GetJsonAsync($"/v2/{_name}/_registry/tags/list"))["tags"]!.AsArray().Count);
        using var unknown = await _client.GetAsync($"/v2/{TestRegistry.NewName()}/_registry/tags/list");
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, "NAME_UNKNOWN");
    }

    [Fact]
    public async Task No_tags_are_an_empty_list_without_a_link()
    {
        await _client.PushImageAsync(_name, "v1");
        using var none = await _client.GetAsync($"/v2/{_name}/tags/list?n=0");
        Assert.False(none.Headers.Contains("Link"));
        Assert.Equal($$"""{"name":"{{_name}}","tags":[]}""", await none.Content.ReadAsStringAsync());
        using var unknown = await _client.GetAsync($"/v2/{TestRegistry.NewName()}/tags/list");
        await unknown.AssertErrorAsync(HttpStatusCode.NotFound, "NAME_UNKNOWN");
    }

    [Theory]
    [InlineData("n=-1")]
    [InlineData("n=x")]
    [InlineData("n=1.5")]
    [InlineData("last=a%0Ab")]
    public async Task Invalid_page_parameters_are_refused(string query)
    {
        foreach (var path in new[] { $"/v2/{_name}/tags/list", "/v2/_catalog", $"/v2/{_name}/referrers/{DigestOf([])}" })
        {
            using var response = await _client.GetAsync($"{path}?{query}");
            Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        }
    }

    [Fact]
    public async Task The_catalog_lists_every_repository_once()
    {
        var prefix = $"test/{Guid.NewGuid():N}";
        string[] names = [$"{prefix}/a", $"{prefix}/a/b", $"{prefix}/c"];
        foreach (var name in names.Concat(names)) await _client.PushImageAsync(name, "v1");
        Assert.Equal(names, (await ReadAllAsync($"/v2/_catalog?n=2&last={prefix}", "repositories"))
            .TakeWhile(n => n.StartsWith(prefix, StringComparison.Ordinal)));
        Assert.Equal(names, (await ReadAllAsync("/v2/_catalog", "repositories"))
            .Where(n => n.StartsWith(prefix, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Referrers_of_nothing_are_an_empty_index()
    {
        foreach (var name in new[] { _name, TestRegistry.NewName() })
        {
            using var response = await _client.GetAsync($"/v2/{name}/referrers/{DigestOf([])}");
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            Assert.Equal(MediaType.OciIndex, response.Content.Headers.ContentType!.ToString());
            Assert.Equal($$"""{"schemaVersion":2,"mediaType":"{{MediaType.OciIndex}}","manifests":[]}""",
                await response.Content.ReadAsStringAsync());
        }
        using var bad = await _client.GetAsync($"/v2/{_name}/referrers/sha256:bad");
        await bad.AssertErrorAsync(HttpStatusCode.BadRequest, "DIGEST_INVALID");
    }

    [Fact]
    public async Task A_referrer_is_found_before_its_subject_exists_and_gone_when_it_is_deleted()
    {
        var subject = Image().ToBytes();
        var sbom = await PushReferrerAsync(subject, "application/sbom", new JsonObject { ["made.by"] = "tests + \"quotes\" é" });
        var signature = await PushReferrerAsync(subject, "application/signature", null);
        var path = $"/v2/{_name}/referrers/{DigestOf(subject)}";
        var found = (await _client.GetJsonAsync(path))["manifests"]!.AsArray();
        Assert.Equal(2, found.Count);
        var first = found.Single(d => (string?)d!["digest"] == DigestOf(sbom))!;
        Assert.Equal("application/sbom", (string?)first["artifactType"]);
        Assert.Equal("tests + \"quotes\" é", (string?)first["annotations"]!["made.by"]);
        Assert.Equal(sbom.Length, (int)first["size"]!);
        Assert.Equal(MediaType.OciManifest, (string?)first["mediaType"]);

        using var filtered = await _client.GetAsync($"{path}?artifactType=application/signature");
        Assert.Equal("artifactType", filtered.Headers.GetValues("OCI-Filters-Applied").Single());
        var only = Assert.Single(JsonNode.Parse(await filtered.Content.ReadAsStringAsync())!["manifests"]!.AsArray());
        Assert.Equal(DigestOf(signature), (string?)only!["digest"]);
        Assert.Empty((await _client.GetJsonAsync($"{path}?artifactType=x'%20or%20'1'%20eq%20'1"))["manifests"]!.AsArray());

        (await _client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(sbom)}")).Dispose();
        Assert.Single((await _client.GetJsonAsync(path))["manifests"]!.AsArray());
    }

    [Fact]
    public async Task Referrers_are_paged_below_four_mebibytes()
    {
        var subject = Image().ToBytes();
        var pushed = new List<string>();
        // 3 KB are stored in the referrer's row, 30 KB only in the manifest's row, 300 KB only in the manifest's object.
        foreach (var size in Enumerable.Repeat(3_000, 10).Concat(Enumerable.Repeat(30_000, 105)).Concat(Enumerable.Repeat(300_000, 5)))
        {
            var annotations = new JsonObject { ["fill"] = new string('x', size), ["id"] = Guid.NewGuid().ToString() };
            pushed.Add(DigestOf(await PushReferrerAsync(subject, "application/x", annotations)));
        }
        var path = $"/v2/{_name}/referrers/{DigestOf(subject)}?artifactType=application/x";
        var found = new List<JsonNode>();
        var next = (string?)path;
        while (next is not null)
        {
            using var response = await _client.GetAsync(next);
            var body = await response.Content.ReadAsStringAsync();
            Assert.True(body.Length < 4 * 1024 * 1024);
            found.AddRange(JsonNode.Parse(body)!["manifests"]!.AsArray()!);
            next = NextOf(response);
            Assert.True(next is null || found.Count < 120);
        }
        Assert.Equal(pushed.Order(StringComparer.Ordinal), found.Select(d => (string)d["digest"]!));
        Assert.Equal(3_000 * 10 + 30_000 * 105 + 300_000 * 5, found.Sum(d => ((string)d["annotations"]!["fill"]!).Length));
        Assert.Equal(pushed.Count, (await ReadAllAsync($"{path}&n=50", "manifests")).Count);
    }

    // S5 (docs/design/hardening.md)
    [Fact]
    public async Task Page_of_referrers_has_a_limit_of_reads_and_a_head_reads_no_annotations()
    {
        var subject = Image().ToBytes();
        for (var i = 0; i < 105; i++)
        {
            var annotations = new JsonObject { ["fill"] = new string('x', 5_000), ["id"] = i.ToString("0") };
            await PushReferrerAsync(subject, "application/x", annotations);
        }
        // Another process, which has no manifest in its cache.
        await using var other = await TestRegistry.StartAsync();
        var path = $"/v2/{_name}/referrers/{DigestOf(subject)}";
        (await other.Client.GetAsync($"/v2/{_name}/referrers/{DigestOf([])}")).EnsureSuccessStatusCode();
        var before = other.Transactions;
        using var head = await other.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal((HttpStatusCode.OK, 1), (head.StatusCode, other.Transactions - before));
        Assert.NotNull(NextOf(head));
        using var get = await other.Client.GetAsync(path);
        Assert.Equal(NextOf(head), NextOf(get));
        Assert.Equal(100, JsonNode.Parse(await get.Content.ReadAsStringAsync())!["manifests"]!.AsArray().Count);
        Assert.Equal(1 + 1 + 100, other.Transactions - before);
    }

    // S5 (docs/design/hardening.md): manifests over 256 KiB are objects, of which only the annotations are read.
    [Fact]
    public async Task Page_of_referrers_has_a_limit_of_bytes_but_at_least_one_of_any_size()
    {
        var subject = Image().ToBytes();
        string[] fills = [new('x', 3_200_000), new('y', 3_200_000)];
        foreach (var fill in fills) await PushReferrerAsync(subject, "application/x", new JsonObject { ["fill"] = fill });
        await using var other = await TestRegistry.StartAsync();
        var listed = new List<string?>();
        for (var next = $"/v2/{_name}/referrers/{DigestOf(subject)}"; next is not null;)
        {
            using var page = await other.Client.GetAsync(next);
            var referrer = Assert.Single(JsonNode.Parse(await page.Content.ReadAsStringAsync())!["manifests"]!.AsArray());
            listed.Add((string?)referrer!["annotations"]!["fill"]);
            next = NextOf(page);
        }
        Assert.Equal(fills, listed.Order(StringComparer.Ordinal));
    }

    // P7 (docs/design/hardening.md)
    [Fact]
    public async Task Artifact_type_of_a_query_may_have_a_plain_plus()
    {
        var subject = Image().ToBytes();
        await PushReferrerAsync(subject, "application/spdx+json", null);
        foreach (var plus in new[] { "+", "%2B", "%2b" })
        {
            var path = $"/v2/{_name}/referrers/{DigestOf(subject)}?artifactType=application/spdx{plus}json";
            Assert.Single((await _client.GetJsonAsync(path))["manifests"]!.AsArray());
        }
    }

    // P14 (docs/design/hardening.md)
    [Fact]
    public async Task Filter_finds_types_in_any_case()
    {
        var subject = await _client.PushImageAsync(_name, "v1");
        string[] types = ["application/vnd.a.sbom", "Application/vnd.A.SBOM"];
        var pushed = new List<string>();
        foreach (var type in types) pushed.Add(DigestOf(await PushReferrerAsync(subject, type, null)));
        await PushReferrerAsync(subject, "application/vnd.b.sbom", null);
        foreach (var type in types.Append("APPLICATION/VND.A.SBOM"))
        {
            var path = $"/v2/{_name}/referrers/{DigestOf(subject)}?artifactType={type}";
            var found = (await _client.GetJsonAsync(path))["manifests"]!.AsArray();
            Assert.Equal(pushed.Order(StringComparer.Ordinal), found.Select(each => (string)each!["digest"]!));
            // As they were pushed: clients compare them exactly.
            Assert.Equal(types.ToHashSet(), found.Select(each => (string)each!["artifactType"]!).ToHashSet());
        }
    }

    [Fact]
    public async Task Manifests_in_a_fallback_tag_are_referrers_too()
    {
        // As a client does for registries without the API: the referrer, then the tag.
        var subject = await _client.PushImageAsync(_name, "v1");
        var referrer = await PushReferrerAsync(subject, "application/signature", null);
        var fallback = DigestOf(subject).Replace(':', '-');
        using var put = await _client.PutManifestAsync(_name, fallback, Index(referrer).ToBytes(), MediaType.OciIndex);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        var listed = Assert.Single((await _client.GetJsonAsync($"/v2/{_name}/referrers/{DigestOf(subject)}"))["manifests"]!.AsArray());
        Assert.Equal(DigestOf(referrer), (string?)listed!["digest"]);
        Assert.Equal("application/signature", (string?)listed["artifactType"]);
    }

    [Fact]
    public async Task An_index_can_refer_to_a_subject()
    {
        var subject = await _client.PushImageAsync(_name, "v1");
        var index = Index(subject);
        index["subject"] = Descriptor(subject, MediaType.OciManifest);
        using var put = await _client.PutManifestAsync(_name, DigestOf(index.ToBytes()), index.ToBytes(), MediaType.OciIndex);
        Assert.Equal(DigestOf(subject), put.Headers.GetValues("OCI-Subject").Single());
        var listed = Assert.Single((await _client.GetJsonAsync($"/v2/{_name}/referrers/{DigestOf(subject)}"))["manifests"]!.AsArray());
        Assert.False(listed!.AsObject().ContainsKey("artifactType"));
    }

    async Task<byte[]> PushReferrerAsync(byte[] subject, string artifactType, JsonObject? annotations)
    {
        var config = "{}"u8.ToArray();
        using (await _client.PostAsync($"/v2/{_name}/blobs/uploads/?digest={DigestOf(config)}", Body(config)))
        {
        }
        var document = Image();
        document["artifactType"] = artifactType;
        document["subject"] = Descriptor(subject, MediaType.OciManifest);
        if (annotations is not null) document["annotations"] = annotations;
        using var put = await _client.PutManifestAsync(_name, DigestOf(document.ToBytes()), document.ToBytes());
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(DigestOf(subject), put.Headers.GetValues("OCI-Subject").Single());
        return document.ToBytes();
    }

    async Task<List<string>> ReadAllAsync(string? path, string property)
    {
        var all = new List<string>();
        for (var pages = 0; path is not null; pages++)
        {
            Assert.True(pages < 10_000);
            using var response = await _client.GetAsync(path);
            Assert.Equal(HttpStatusCode.OK, response.StatusCode);
            all.AddRange(JsonNode.Parse(await response.Content.ReadAsStringAsync())![property]!.AsArray()
                .Select(item => item is JsonObject descriptor ? (string)descriptor["digest"]! : (string)item!));
            path = NextOf(response);
        }
        return all;
    }

    static string? NextOf(HttpResponseMessage response)
    {
        if (!response.Headers.TryGetValues("Link", out var links)) return null;
        var link = links.Single();
        Assert.EndsWith("; rel=\"next\"", link, StringComparison.Ordinal);
        return link[1..link.IndexOf('>', StringComparison.Ordinal)];
    }
}
