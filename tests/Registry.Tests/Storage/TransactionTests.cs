using System.Net;
using System.Text;
using Azure.Data.Tables;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>
/// The cost of operations in storage transactions, which are billed and take most of the time: the table of
/// docs/design/architecture.md.
/// </summary>
/// <remarks>Each test has a registry of its own, so that no other transactions are counted.</remarks>
public sealed class TransactionTests : IAsyncLifetime
{
    /// <summary>The emulator's time for a row grows with their number: 100,000 rows take more than an hour.</summary>
    static readonly int s_manyTags = FullRun.Enabled ? 10_000 : 3000;

    readonly string _name = TestRegistry.NewName();
    TestRegistry _registry = null!;

    HttpClient Client => _registry.Client;

    public async Task InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public Task DisposeAsync() => _registry.DisposeAsync();

    [Fact]
    public async Task Reading_a_manifest_takes_one_and_two_when_its_bytes_are_cold()
    {
        var manifest = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        foreach (var path in new[] { $"/v2/{_name}/manifests/v1", $"/v2/{_name}/manifests/{DigestOf(manifest)}" })
        {
            Assert.Equal(1, await CountAsync(() => Client.GetAsync(path)));
            Assert.Equal(1, await CountAsync(() => Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path))));
        }

        await using var cold = await TestRegistry.StartAsync();
        Assert.Equal(1, await CountAsync(() =>
            cold.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{_name}/manifests/v1")), cold));
        Assert.Equal(2, await CountAsync(() => cold.Client.GetAsync($"/v2/{_name}/manifests/v1"), cold));
        await using var colder = await TestRegistry.StartAsync();
        Assert.Equal(1, await CountAsync(() => colder.Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}"), colder));
    }

    [Fact]
    public async Task Reading_a_blob_takes_one_and_two_when_it_is_streamed()
    {
        var content = RandomBytes(10_000);
        await Client.PushBlobAsync(_name, content);
        var path = $"/v2/{_name}/blobs/{DigestOf(content)}";
        Assert.Equal(1, await CountAsync(() => Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path))));
        Assert.Equal(2, await CountAsync(() => Client.GetAsync(path)));
        await using var redirecting = await TestRegistry.StartAsync(options => options.RedirectDownloads = true);
        Assert.Equal(1, await CountAsync(() => redirecting.Client.GetAsync(path), redirecting));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(90)]
    public async Task Putting_a_manifest_takes_two_and_four_the_first_time_of_all(int layers)
    {
        var contents = Enumerable.Range(0, layers).Select(i => Encoding.UTF8.GetBytes($"{_name} {i}")).ToArray();
        await Client.PushBlobAsync(_name, "{}"u8.ToArray());
        foreach (var content in contents) await Client.PostBlobAsync(_name, content);
        var manifest = Image(contents).ToBytes();
        Assert.Equal(4, await CountAsync(() => Client.PutManifestAsync(_name, "v1", manifest)));
        Assert.Equal(2, await CountAsync(() => Client.PutManifestAsync(_name, "v2", manifest)));
        Assert.Equal(2, await CountAsync(() => Client.PutManifestAsync(_name, "v1", Image(contents[..^1]).ToBytes())));
        Assert.Equal(1, await CountAsync(() => Client.PutManifestAsync(_name, DigestOf(manifest), manifest)));
        await using var another = await TestRegistry.StartAsync();
        Assert.Equal(3, await CountAsync(() => another.Client.PutManifestAsync(_name, "v1", manifest), another));
        // Without a mediaType of its own, it could exist with another one.
        var untyped = Image(contents[..^1]);
        untyped.Remove("mediaType");
        Assert.Equal(3, await CountAsync(() => Client.PutManifestAsync(_name, "v3", untyped.ToBytes())));
    }

    /// <summary>
    /// One transaction has 100 actions: up to 92 references, and 8 for a push with one tag. One reference more needs a pending row, and a
    /// transaction for the references.
    /// </summary>
    [Theory]
    [InlineData(92, 2)]
    [InlineData(93, 4)]
    public async Task Putting_a_manifest_that_moves_a_tag_and_has_a_subject_takes_one_transaction_up_to_its_limit(int references, int count)
    {
        var subject = await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        var contents = Enumerable.Range(1, references - 1).Select(i => Encoding.UTF8.GetBytes($"{_name} {i}")).ToArray();
        foreach (var content in contents) await Client.PostBlobAsync(_name, content);
        var image = Image(contents);
        image["subject"] = Descriptor(subject, MediaType.OciManifest);
        var manifest = image.ToBytes();
        Assert.Equal(count, await CountAsync(() => Client.PutManifestAsync(_name, "v1", manifest)));
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
        var rows = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories").QueryAsync<TableEntity>(
            TableClient.CreateQueryFilter($"PartitionKey eq {_name.Replace('/', ':')} and RowKey ge 'p:' and RowKey lt 'p;'"));
        Assert.Empty(await rows.ToListAsync());
    }

    /// <summary>
    /// Rules on tags cost only repositories that they match: a push reads its manifest, a delete the manifest's tags where some
    /// may be locked, and the manifests of the repository, one of which may be an index that reaches it.
    /// </summary>
    [Theory]
    [InlineData("elsewhere/**", "locked", 2, 1, 2, 3)]
    [InlineData("test/**", "once", 3, 2, 2, 3)]
    [InlineData("test/**", "locked", 3, 2, 2, 6)]
    public async Task Rules_on_tags_cost_one_more_where_they_apply(string repositories,
        string mode, int push, int byDigest, int deleteTag, int delete)
    {
        var policy = $$"""{ "tags": [{ "name": "x", "repositories": ["{{repositories}}"], "tags": ["v*"], "mode": "{{mode}}" }],""" +
            $$"""{{TestPolicies.AnonymousMay("admin")[1..]}}""";
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = policy);
        var manifest = await registry.Client.PushImageAsync(_name, "t1", RandomBytes(10));
        Assert.Equal(push, await CountAsync(() => registry.Client.PutManifestAsync(_name, "t2", manifest), registry));
        Assert.Equal(byDigest, await CountAsync(() => registry.Client.PutManifestAsync(_name, DigestOf(manifest), manifest), registry));
        Assert.Equal(1, await CountAsync(() => registry.Client.GetAsync($"/v2/{_name}/manifests/t2"), registry));
        Assert.Equal(deleteTag, await CountAsync(() => registry.Client.DeleteAsync($"/v2/{_name}/manifests/t1"), registry));
        Assert.Equal(delete, await CountAsync(() => registry.Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}"), registry));
    }

    [Fact]
    public async Task A_small_blob_takes_three_by_post_and_put_and_by_one_post()
    {
        var content = RandomBytes(1000);
        Assert.Equal(3, await CountAsync(async () =>
        {
            await Client.PushBlobAsync(_name, content);
            return new HttpResponseMessage();
        }));
        var other = RandomBytes(1000);
        Assert.Equal(3, await CountAsync(() => Client.PostAsync($"/v2/{_name}/blobs/uploads/?digest={DigestOf(other)}", Body(other))));
    }

    /// <summary>The bytes of a small upload are in the session's row until they are written as a blob.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(128 * 1024)]
    public async Task A_small_blob_takes_five_by_post_and_patch_and_put(int size)
    {
        var content = RandomBytes(size);
        var location = await Client.BeginUploadAsync(_name);
        Assert.Equal(1, await CountAsync(async () =>
        {
            location = await Client.AppendAsync(location, content);
            return new HttpResponseMessage();
        }));
        Assert.Equal(4, await CountAsync(() => Client.PutAsync(Closing(location, DigestOf(content)), null)));
    }

    [Fact]
    public async Task A_patched_blob_takes_one_for_each_block_and_seven_more()
    {
        var content = RandomBytes(9 * 1024 * 1024);
        var location = await Client.BeginUploadAsync(_name);
        Assert.Equal(1 + 3, await CountAsync(async () =>
        {
            location = await Client.AppendAsync(location, content);
            return new HttpResponseMessage();
        }));
        // Session, commit, copy, owner, link, and the deletion of the staged object.
        Assert.Equal(6, await CountAsync(() => Client.PutAsync(Closing(location, DigestOf(content)), null)));
    }

    [Fact]
    public async Task A_mount_takes_four_and_a_delete_grows_with_the_tags()
    {
        var content = RandomBytes(1000);
        await Client.PushBlobAsync(_name, content);
        // Link of the source; owner that may exist already; content; link.
        Assert.Equal(4, await CountAsync(() =>
            Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/?mount={DigestOf(content)}&from={_name}", null)));
        var manifest = await Client.PushImageAsync(_name, "v1", content);
        Assert.Equal(2, await CountAsync(() => Client.DeleteAsync($"/v2/{_name}/manifests/v1")));
        Assert.Equal(3, await CountAsync(() => Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")));
    }

    // S6 (docs/design/hardening.md)
    [Fact]
    public async Task Lookup_of_references_ends_at_the_first_that_is_missing()
    {
        var document = Index();
        for (var i = 0; i < 1_000; i++) document["manifests"]!.AsArray().Add(Descriptor(BitConverter.GetBytes(i), "application/x"));
        var before = _registry.Transactions;
        using var put = await Client.PutManifestAsync(_name, "v1", document.ToBytes(), MediaType.OciIndex);
        await put.AssertErrorAsync(HttpStatusCode.BadRequest, "MANIFEST_BLOB_UNKNOWN");
        // 16 lookups run at once, of two reads each.
        Assert.InRange(_registry.Transactions - before, 2, 3 + 2 * 16);
    }

    [Fact]
    public async Task A_page_of_100_tags_takes_one_transaction_however_many_there_are()
    {
        // The emulator scans a whole table for one page: other tests must not pay for these rows.
        var connection = await SharedAzurite.NewAccountAsync();
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = connection);
        var client = registry.Client;
        var manifest = await client.PushImageAsync(_name, null);
        var large = TestRegistry.NewName();
        await client.PushImageAsync(large, "t000000");
        await FillAsync(_name, 100);
        await FillAsync(large, s_manyTags);
        foreach (var name in new[] { _name, large })
        {
            foreach (var last in name == large ? new[] { "",
                $"&last=t{s_manyTags / 2:000000}", $"&last=t{s_manyTags - 101:000000}" } : [""])
            {
                Assert.Equal(100, (await client.GetJsonAsync($"/v2/{name}/tags/list?n=100{last}"))["tags"]!.AsArray().Count);
                Assert.Equal(1, await CountAsync(() => client.GetAsync($"/v2/{name}/tags/list?n=100{last}"), registry));
            }
        }
        Assert.Equal(1, await CountAsync(() => client.GetAsync($"/v2/{_name}/referrers/{DigestOf(manifest)}"), registry));
        Assert.Equal(1, await CountAsync(() => Client.GetAsync("/v2/_catalog?n=100")));

        // Written as the registry writes them, in transactions of 100, since that many pushes take too long.
        async Task FillAsync(string name, int count)
        {
            var table = new TableClient(connection, "repositories");
            var partition = name.Replace('/', ':');
            foreach (var chunk in Enumerable.Range(0, count).Chunk(100))
            {
                await table.SubmitTransactionAsync(chunk.Select(i => new TableTransactionAction(
                    TableTransactionActionType.UpsertReplace,
                    new TableEntity(partition, $"t:t{i:000000}")
                    {
                        ["Digest"] = DigestOf(manifest),
                        ["MediaType"] = MediaType.OciManifest,
                        ["Size"] = (long)manifest.Length
                    })));
            }
        }
    }

    async Task<long> CountAsync(Func<Task<HttpResponseMessage>> request, TestRegistry? registry = null)
    {
        registry ??= _registry;
        var before = registry.Transactions;
        using var response = await request();
        Assert.True(response.IsSuccessStatusCode || response.StatusCode == HttpStatusCode.TemporaryRedirect, response.ToString());
        return registry.Transactions - before;
    }
}
