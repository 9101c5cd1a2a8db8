using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

public class ManifestEndpointsTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly HttpClient _client = registry.Client;
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task Get_returns_the_exact_bytes_with_their_type_by_tag_and_by_digest()
    {
        await _client.PushBlobAsync(_name, "{}"u8.ToArray());
        // White space that no serializer would write.
        var manifest = Encoding.UTF8.GetBytes(Image().ToJsonString()
            .Replace(":", " :\n ", StringComparison.Ordinal).Replace("sha256 :\n ", "sha256:", StringComparison.Ordinal));
        using var put = await _client.PutManifestAsync(_name, "v1", manifest);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal($"/v2/{_name}/manifests/{DigestOf(manifest)}", put.Headers.Location!.ToString());
        Assert.Equal(DigestOf(manifest), put.Headers.GetValues("Docker-Content-Digest").Single());
        foreach (var reference in new[] { "v1", DigestOf(manifest) })
        {
            using var get = await _client.GetAsync($"/v2/{_name}/manifests/{reference}");
            Assert.Equal(manifest, await get.Content.ReadAsByteArrayAsync());
            Assert.Equal(MediaType.OciManifest, get.Content.Headers.ContentType!.ToString());
            Assert.Equal(DigestOf(manifest), get.Headers.GetValues("Docker-Content-Digest").Single());
            using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{_name}/manifests/{reference}"));
            Assert.Equal(manifest.Length, head.Content.Headers.ContentLength);
            Assert.Empty(await head.Content.ReadAsByteArrayAsync());
        }
    }

    [Theory]
    [InlineData(MediaType.DockerManifest)]
    [InlineData("application/vnd.example.anything")]
    public async Task Other_media_types_are_returned_unchanged(string mediaType)
    {
        await _client.PushBlobAsync(_name, "{}"u8.ToArray());
        var document = Image();
        document["mediaType"] = mediaType;
        using var put = await _client.PutManifestAsync(_name, "v1", document.ToBytes(), mediaType);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        using var get = await _client.GetAsync($"/v2/{_name}/manifests/v1");
        Assert.Equal(mediaType, get.Content.Headers.ContentType!.ToString());
        Assert.Equal(document.ToBytes(), await get.Content.ReadAsByteArrayAsync());
    }

    [Fact]
    public async Task Put_under_a_sha512_digest_answers_in_sha512()
    {
        await _client.PushBlobAsync(_name, "{}"u8.ToArray());
        var manifest = Image().ToBytes();
        var digest = Sha512Of(manifest);
        using var put = await _client.PutManifestAsync(_name, digest, manifest);
        Assert.Equal(digest, put.Headers.GetValues("Docker-Content-Digest").Single());
        Assert.Equal(manifest, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/{digest}"));
        using var other = await _client.GetAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}");
        await other.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
    }

    [Fact]
    public async Task Put_by_digest_sets_every_tag_of_the_query()
    {
        var manifest = await _client.PushImageAsync(_name, null);
        var tags = Enumerable.Range(0, 20).Select(i => $"t{i}").ToArray();
        using var put = await _client.PutManifestAsync(_name,
            $"{DigestOf(manifest)}?{string.Join('&', tags.Select(t => $"tag={t}"))}", manifest);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(tags, put.Headers.GetValues("OCI-Tag").SelectMany(value => value.Split(", ")));
        foreach (var tag in tags) Assert.Equal(manifest, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/{tag}"));

        using var tooMany = await _client.PutManifestAsync(_name,
            $"{DigestOf(manifest)}?{string.Join('&', Enumerable.Range(0, 21).Select(i => $"tag=u{i}"))}", manifest);
        await tooMany.AssertErrorAsync(HttpStatusCode.RequestUriTooLong, "MANIFEST_INVALID");
        using var bad = await _client.PutManifestAsync(_name, $"{DigestOf(manifest)}?tag=ok&tag=.bad", manifest);
        await bad.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_INVALID");
        using var none = await _client.GetAsync($"/v2/{_name}/manifests/ok");
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
    }

    [Fact]
    public async Task A_manifest_of_4_MiB_is_accepted_and_one_byte_more_is_not()
    {
        await _client.PushBlobAsync(_name, "{}"u8.ToArray());
        var document = Image();
        document["annotations"] = new JsonObject { ["fill"] = "" };
        var fill = Manifest.MaxSize - document.ToBytes().Length;
        document["annotations"]!["fill"] = new string('x', fill);
        var largest = document.ToBytes();
        Assert.Equal(4 * 1024 * 1024, largest.Length);
        using var put = await _client.PutManifestAsync(_name, "big", largest);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(largest, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/big"));
        // From another process, whose cache is cold.
        await using var other = await TestRegistry.StartAsync();
        Assert.Equal(largest, await other.Client.GetByteArrayAsync($"/v2/{_name}/manifests/big"));

        document["annotations"]!["fill"] = new string('x', fill + 1);
        using var known = await _client.PutManifestAsync(_name, "bigger", document.ToBytes());
        await known.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "MANIFEST_INVALID");
        using var chunked = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/bigger")
        {
            Content = Body(document.ToBytes(), MediaType.OciManifest),
        };
        chunked.Headers.TransferEncodingChunked = true;
        using var unknown = await _client.SendAsync(chunked);
        await unknown.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "MANIFEST_INVALID");
    }

    [Theory]
    [InlineData(90)]
    [InlineData(250)]
    public async Task Any_number_of_layers_is_accepted_unless_one_is_missing(int count)
    {
        var layers = Enumerable.Range(0, count).Select(i => Encoding.UTF8.GetBytes($"{_name} {i}")).ToArray();
        var manifest = await _client.PushImageAsync(_name, "many", layers);
        Assert.Equal(manifest, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/many"));
        using var needed = await _client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(layers[^1])}");
        await needed.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");

        var missing = RandomBytes(10);
        using var put = await _client.PutManifestAsync(_name, "incomplete", Image([.. layers, missing]).ToBytes());
        Assert.Contains(DigestOf(missing), await put.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        await put.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");
        using var get = await _client.GetAsync($"/v2/{_name}/manifests/incomplete");
        await get.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
    }

    [Fact]
    public async Task An_index_needs_its_children_and_may_list_blobs_as_build_caches_do()
    {
        var child = await _client.PushImageAsync(_name, null);
        using var put = await _client.PutManifestAsync(_name, "index", Index(child).ToBytes(), MediaType.OciIndex);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        using var missing = await _client.PutManifestAsync(_name, "x", Index(child, RandomBytes(5)).ToBytes(), MediaType.OciIndex);
        await missing.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");

        var cache = RandomBytes(20);
        var document = Index();
        document["manifests"]!.AsArray().Add(Descriptor(cache));
        using var early = await _client.PutManifestAsync(_name, "cache", document.ToBytes(), MediaType.OciIndex);
        await early.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");
        await _client.PushBlobAsync(_name, cache);
        using var late = await _client.PutManifestAsync(_name, "cache", document.ToBytes(), MediaType.OciIndex);
        Assert.Equal(HttpStatusCode.Created, late.StatusCode);
    }

    [Fact]
    public async Task Foreign_layers_need_not_be_pushed_but_are_pinned_if_they_were()
    {
        const string Foreign = "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip";
        var (absent, present) = (RandomBytes(5), RandomBytes(6));
        await _client.PushBlobAsync(_name, "{}"u8.ToArray());
        await _client.PushBlobAsync(_name, present);
        var document = Image();
        document["layers"]!.AsArray().Add(Descriptor(absent, Foreign));
        document["layers"]!.AsArray().Add(Descriptor(present, Foreign));
        using var put = await _client.PutManifestAsync(_name, "windows", document.ToBytes());
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        using var delete = await _client.DeleteAsync($"/v2/{_name}/blobs/{DigestOf(present)}");
        await delete.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");
    }

    [Fact]
    public async Task Delete_by_digest_takes_all_tags_and_by_tag_only_that_tag()
    {
        var manifest = await _client.PushImageAsync(_name, "a");
        var tags = Enumerable.Range(0, 120).Select(i => $"t{i:000}").ToArray();
        foreach (var chunk in tags.Chunk(20))
        {
            (await _client.PutManifestAsync(_name, $"{DigestOf(manifest)}?{string.Join('&', chunk.Select(t => $"tag={t}"))}",
                manifest)).Dispose();
        }
        using var tag = await _client.DeleteAsync($"/v2/{_name}/manifests/a");
        Assert.Equal(HttpStatusCode.Accepted, tag.StatusCode);
        Assert.Equal(120, (await _client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Count);

        using var all = await _client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}");
        Assert.Equal(HttpStatusCode.Accepted, all.StatusCode);
        Assert.Empty((await _client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
        foreach (var reference in new[] { "t007", DigestOf(manifest) })
        {
            using var gone = await _client.GetAsync($"/v2/{_name}/manifests/{reference}");
            await gone.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
            using var again = await _client.DeleteAsync($"/v2/{_name}/manifests/{reference}");
            await again.AssertErrorAsync(HttpStatusCode.NotFound, "MANIFEST_UNKNOWN");
        }
        await _client.PushImageAsync(_name, "a");
        Assert.Equal(manifest, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/a"));
    }

    [Fact]
    public async Task Conditional_push_fails_if_another_was_faster()
    {
        var first = await _client.PushImageAsync(_name, "list");
        var second = await _client.PushImageAsync(_name, null, RandomBytes(4));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await PutAsync("list", "If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.Created, await PutAsync("new", "If-None-Match", "*"));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await PutAsync("list", "If-Match", $"\"{DigestOf(second)}\""));
        Assert.Equal(HttpStatusCode.BadRequest, await PutAsync("list", "If-Match", DigestOf(first)));
        Assert.Equal(first, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/list"));
        Assert.Equal(HttpStatusCode.Created, await PutAsync("list", "If-Match", $"\"{DigestOf(first)}\""));
        Assert.Equal(HttpStatusCode.PreconditionFailed, await PutAsync("none", "If-Match", "*"));

        async Task<HttpStatusCode> PutAsync(string tag, string header, string value)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/{tag}")
            {
                Content = Body(second, MediaType.OciManifest),
            };
            request.Headers.TryAddWithoutValidation(header, value);
            using var response = await _client.SendAsync(request);
            return response.StatusCode;
        }
    }

    [Fact]
    public async Task Conditional_get_is_304()
    {
        var manifest = await _client.PushImageAsync(_name, "v1");
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{_name}/manifests/v1");
        request.Headers.TryAddWithoutValidation("If-None-Match", $"\"{DigestOf(manifest)}\"");
        using var response = await _client.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotModified, response.StatusCode);
    }

    // P6 (docs/design/hardening.md): RFC 9110, sections 8.8.3.2 and 13.1. D is the digest of what is there.
    [Theory]
    [InlineData("If-Match", "\"D\"", 200, 201, 202)]
    [InlineData("If-Match", "\"x\", \"D\"", 200, 201, 202)]
    [InlineData("If-Match", "*", 200, 201, 202)]
    [InlineData("If-Match", "W/\"D\"", 412, 412, 412)]
    [InlineData("If-Match", "\"x\", W/\"D\"", 412, 412, 412)]
    [InlineData("If-Match", "\"x\"", 412, 412, 412)]
    [InlineData("If-Match", "x", 400, 400, 400)]
    [InlineData("If-None-Match", "\"D\"", 304, 412, 412)]
    [InlineData("If-None-Match", "W/\"D\"", 304, 412, 412)]
    [InlineData("If-None-Match", "\"x\", W/\"D\"", 304, 412, 412)]
    [InlineData("If-None-Match", "*", 304, 412, 412)]
    [InlineData("If-None-Match", "\"x\", W/\"y\"", 200, 201, 202)]
    [InlineData("If-None-Match", "x", 400, 400, 400)]
    public async Task Conditions_hold_for_all_methods_and_references(string header, string value, int get, int put, int delete)
    {
        foreach (var byTag in new[] { true, false })
        {
            var (name, layer) = (TestRegistry.NewName(), RandomBytes(4));
            var manifest = await _client.PushImageAsync(name, "v1", layer);
            var path = $"/v2/{name}/manifests/{(byTag ? "v1" : DigestOf(manifest))}";
            Assert.Equal(get, await SendAsync("GET", path));
            Assert.Equal(get, await SendAsync("HEAD", path));
            Assert.Equal(put, await SendAsync("PUT", path));
            Assert.Equal(delete, await SendAsync("DELETE", path));
            using var left = await _client.GetAsync(path);
            Assert.Equal(delete != 202, left.IsSuccessStatusCode);
            // What is not there is unknown, whatever the condition.
            var (blob, missing) = ($"/v2/{name}/blobs/{DigestOf(layer)}", $"/v2/{name}/manifests/v2");
            Assert.Equal(get == 400 ? 400 : 404, await SendAsync("DELETE", missing));
            if (left.IsSuccessStatusCode) await _client.DeleteAsync($"/v2/{name}/manifests/{DigestOf(manifest)}");
            if (byTag) continue;
            Assert.Equal(get, await SendAsync("GET", blob));
            Assert.Equal(get, await SendAsync("HEAD", blob));
            Assert.Equal(delete, await SendAsync("DELETE", blob));

            async Task<int> SendAsync(string method, string at)
            {
                var own = at.Contains("/blobs/", StringComparison.Ordinal) ? DigestOf(layer) : DigestOf(manifest);
                using var request = new HttpRequestMessage(new(method), at);
                if (method == "PUT") request.Content = Body(manifest, MediaType.OciManifest);
                request.Headers.TryAddWithoutValidation(header, value.Replace("D", own, StringComparison.Ordinal));
                using var answer = await _client.SendAsync(request);
                return (int)answer.StatusCode;
            }
        }
    }

    /// <summary>Of those who delete the tag as they saw it and those who move it, none undoes what it did not see.</summary>
    [Fact]
    public async Task Condition_of_a_delete_holds_when_it_is_done()
    {
        var first = await _client.PushImageAsync(_name, "moved");
        var second = await _client.PushImageAsync(_name, null, RandomBytes(4));
        await using var late = await DelayedTables.StartAsync(request => request.Target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body).Contains("\"x:moved\"", StringComparison.Ordinal));
        await using var other = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = late.ConnectionString);
        using var delete = new HttpRequestMessage(HttpMethod.Delete, $"/v2/{_name}/manifests/moved");
        delete.Headers.TryAddWithoutValidation("If-Match", $"\"{DigestOf(first)}\"");
        var deleting = other.Client.SendAsync(delete);
        await late.Arrived.WaitAsync(TimeSpan.FromSeconds(30));
        using var put = await _client.PutManifestAsync(_name, "moved", second, MediaType.OciManifest);
        late.Release();
        using var deleted = await deleting;
        Assert.Equal((HttpStatusCode.Created, HttpStatusCode.PreconditionFailed), (put.StatusCode, deleted.StatusCode));
        Assert.Equal(second, await _client.GetByteArrayAsync($"/v2/{_name}/manifests/moved"));
    }

    [Fact]
    public async Task Only_answers_by_digest_are_immutable_to_caches()
    {
        var manifest = await _client.PushImageAsync(_name, "v1");
        using var byTag = await _client.GetAsync($"/v2/{_name}/manifests/v1");
        using var byDigest = await _client.GetAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}");
        Assert.Null(byTag.Headers.CacheControl);
        Assert.Equal("max-age=31536000, immutable", byDigest.Headers.GetValues("Cache-Control").Single());
    }

    [Theory]
    [InlineData("v1", "text", "application/vnd.oci.image.manifest.v1+json", 400, "MANIFEST_INVALID")]
    [InlineData("v1", "{}", "application/vnd.oci.image.manifest.v1+json", 400, "MANIFEST_INVALID")]
    [InlineData("v1", "{}", null, 400, "MANIFEST_INVALID")]
    [InlineData("v1", "{}", "nonsense", 400, "MANIFEST_INVALID")]
    [InlineData(".v1", "{}", "a/b", 400, "MANIFEST_INVALID")]
    [InlineData("sha256:bad", "{}", "a/b", 400, "DIGEST_INVALID")]
    [InlineData("md5:d41d8cd98f00b204e9800998ecf8427e", "{}", "a/b", 400, "DIGEST_INVALID")]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000", "{}", "a/b", 400, "DIGEST_INVALID")]
    public async Task Invalid_manifests_are_refused_and_leave_nothing(string reference, string body, string? type, int status, string code)
    {
        using var request = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/{reference}")
        {
            Content = Body(Encoding.UTF8.GetBytes(body)),
        };
        if (type is not null) request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        using var response = await _client.SendAsync(request);
        await response.AssertErrorAsync((HttpStatusCode)status, code);
        using var get = await _client.GetAsync($"/v2/{_name}/manifests/v1");
        Assert.Equal(HttpStatusCode.NotFound, get.StatusCode);
    }

    [Theory]
    [InlineData(".not-a-tag", 404, "MANIFEST_UNKNOWN")]
    [InlineData("nothing", 404, "MANIFEST_UNKNOWN")]
    [InlineData("sha256:bad", 400, "DIGEST_INVALID")]
    [InlineData("sha256:0000000000000000000000000000000000000000000000000000000000000000", 404, "MANIFEST_UNKNOWN")]
    public async Task Missing_manifests_are_404(string reference, int status, string code)
    {
        using var response = await _client.GetAsync($"/v2/{_name}/manifests/{reference}");
        await response.AssertErrorAsync((HttpStatusCode)status, code);
    }
}
