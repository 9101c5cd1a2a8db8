using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Server;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>
/// The invariants of docs/design/architecture.md under races, on two registries that share only the storage: a listed tag
/// resolves, a readable manifest has all its blobs, nothing is mixed and nothing is lost.
/// </summary>
public sealed class ConcurrencyTests : IAsyncLifetime
{
    readonly string _name = TestRegistry.NewName();
    TestRegistry _one = null!;
    TestRegistry _two = null!;

    public async Task InitializeAsync() => (_one, _two) = (await TestRegistry.StartAsync(), await TestRegistry.StartAsync());

    public async Task DisposeAsync()
    {
        await _one.DisposeAsync();
        await _two.DisposeAsync();
    }

    [Fact]
    public async Task Of_many_pushes_of_one_tag_one_wins_and_all_manifests_exist()
    {
        var manifests = new List<byte[]>();
        for (var i = 0; i < 12; i++) manifests.Add(await _one.Client.PushImageAsync(_name, null, RandomBytes(10)));
        var answers = await Task.WhenAll(manifests.Select((m, i) => Pick(i).PutManifestAsync(_name, "latest", m)));
        Assert.All(answers, answer => Assert.Equal(HttpStatusCode.Created, answer.StatusCode));
        Assert.Contains(await _one.Client.GetByteArrayAsync($"/v2/{_name}/manifests/latest"), manifests);
        foreach (var manifest in manifests)
            Assert.Equal(manifest, await _two.Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}"));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_tag_never_dangles_while_its_manifests_are_deleted_and_pushed()
    {
        var images = new[] { await _one.Client.PushImageAsync(_name, "a", RandomBytes(10)),
            await _one.Client.PushImageAsync(_name, "a", RandomBytes(10)) };
        await RaceAsync(
            async i => await ExpectAsync(Pick(i).PutManifestAsync(_name, i % 3 == 0 ? "a" : "b", images[i % 2]), 201),
            async i => await ExpectAsync(Pick(i + 1).DeleteAsync($"/v2/{_name}/manifests/{DigestOf(images[i % 2])}"), 202, 404),
            async i => await ExpectAsync(Pick(i).DeleteAsync($"/v2/{_name}/manifests/{(i % 2 == 0 ? "a" : "b")}"), 202, 404),
            async i => await ExpectAsync(Pick(i + 1).GetAsync($"/v2/{_name}/manifests/a"), 200, 404));
        await AssertConsistentAsync();
        // The last push that was answered with 201 is served.
        await ExpectAsync(_one.Client.PutManifestAsync(_name, "a", images[0]), 201);
        Assert.Equal(images[0], await _two.Client.GetByteArrayAsync($"/v2/{_name}/manifests/a"));
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task A_blob_is_never_deleted_under_a_manifest_that_was_accepted()
    {
        var layer = RandomBytes(10);
        var config = "{}"u8.ToArray();
        await _one.Client.PushBlobAsync(_name, config);
        var manifest = Image(layer).ToBytes();
        var many = Image([layer, .. Enumerable.Range(0, 120).Select(i => BitConverter.GetBytes(i))]).ToBytes();
        for (var i = 0; i < 120; i++) await _one.Client.PostBlobAsync(_name, BitConverter.GetBytes(i));
        await RaceAsync(
            async i => await ExpectAsync(Pick(i).PostAsync($"/v2/{_name}/blobs/uploads/?digest={DigestOf(layer)}", Body(layer)), 201),
            async i =>
            {
                // In one transaction, and in several.
                var body = i % 2 == 0 ? manifest : many;
                if (await ExpectAsync(Pick(i).PutManifestAsync(_name, "x", body), 201, 400) == 201)
                    await ExpectAsync(Pick(i + 1).DeleteAsync($"/v2/{_name}/manifests/{DigestOf(body)}"), 202, 404);
            },
            async i => await ExpectAsync(Pick(i + 1).DeleteAsync($"/v2/{_name}/blobs/{DigestOf(layer)}"), 202, 404, 405),
            _ => AssertManifestsCompleteAsync());
        await AssertConsistentAsync();
    }

    [Fact]
    public async Task Chunks_that_race_on_one_session_are_never_mixed()
    {
        for (var round = 0; round < 5; round++)
        {
            var chunks = Enumerable.Range(0, 4).Select(_ => RandomBytes(100_000)).ToArray();
            var location = await _one.Client.BeginUploadAsync(_name);
            var patches = await Task.WhenAll(chunks.Select((chunk, i) => Pick(i).PatchAsync(location, Body(chunk))));
            var accepted = patches.Count(p => p.StatusCode == HttpStatusCode.Accepted);
            Assert.All(patches, p => Assert.True(p.StatusCode is HttpStatusCode.Accepted or HttpStatusCode.RequestedRangeNotSatisfiable));
            Assert.Equal(1, accepted);
            using var status = await _two.Client.GetAsync(location);
            Assert.Equal("0-99999", status.Headers.GetValues("Range").Single());
            location = status.Headers.Location!.ToString();
            var winner = chunks[Array.FindIndex(patches, p => p.StatusCode == HttpStatusCode.Accepted)];
            await ExpectAsync(_two.Client.PutAsync(Closing(location, DigestOf(winner)), null), 201);
            Assert.Equal(winner, await _one.Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(winner)}"));
        }
    }

    [Theory]
    [InlineData(1000)]
    [InlineData(5_000_000)]
    public async Task Closing_puts_that_race_on_one_session_publish_whole_blobs_only(int size)
    {
        foreach (var started in new[] { false, true })
        {
            var head = started ? RandomBytes(50) : [];
            var tails = Enumerable.Range(0, 4).Select(_ => RandomBytes(size)).ToArray();
            var location = await _one.Client.BeginUploadAsync(_name);
            if (started) location = await _one.Client.AppendAsync(location, head);
            var puts = await Task.WhenAll(tails.Select((tail, i) =>
                Pick(i).PutAsync(Closing(location, DigestOf([.. head, .. tail])), Body(tail))));
            Assert.Single(puts, put => put.StatusCode == HttpStatusCode.Created);
            for (var i = 0; i < tails.Length; i++)
            {
                byte[] whole = [.. head, .. tails[i]];
                using var get = await Pick(i).GetAsync($"/v2/{_name}/blobs/{DigestOf(whole)}");
                if (puts[i].StatusCode == HttpStatusCode.Created) Assert.Equal(whole, await get.Content.ReadAsByteArrayAsync());
                else Assert.Equal(HttpStatusCode.NotFound, get.StatusCode);
            }
        }
    }

    /// <summary>The storage commits the last bytes of one request, and then the chunk of another is acknowledged.</summary>
    [Fact]
    public async Task Session_with_other_content_committed_has_ended_for_the_client_that_finishes_it()
    {
        var (head, tail, chunk) = (RandomBytes(200_000), RandomBytes(50), RandomBytes(60));
        var location = await _one.Client.AppendAsync(await _one.Client.BeginUploadAsync(_name), head);
        await using var late = await DelayedTables.StartAsync(request => request.Target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body).Contains(
                $"\"RowKey\":\"b:{DigestOf([.. head, .. tail])}\"", StringComparison.Ordinal));
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = late.ConnectionString);
        var closing = registry.Client.PutAsync(Closing(location, DigestOf([.. head, .. tail])), Body(tail));
        await late.Arrived;
        var next = await _one.Client.AppendAsync(location, chunk);
        late.Release();
        using (var lost = await closing)
            await lost.AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID");
        // 416 would send the client to where it is already, again and again.
        using var finish = await _two.Client.PutAsync(Closing(next, DigestOf([.. head, .. chunk])), null);
        await finish.AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
    }

    [Fact]
    public async Task Chunk_that_loses_while_it_is_on_its_way_is_out_of_order()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.GracePeriod = TimeSpan.FromSeconds(16));
        var content = RandomBytes(1000);
        var location = await registry.Client.BeginUploadAsync(_name);
        await registry.Client.AppendAsync(location, content);
        using var request = new HttpRequestMessage(HttpMethod.Patch, location)
        {
            // The session is saved every second.
            Content = new SlowContent(content, Framing.Length) { Pause = (500, TimeSpan.FromSeconds(3)) },
        };
        request.Content.Headers.TryAddWithoutValidation("Content-Range", "0-999");
        using var lost = await registry.Client.SendAsync(request);
        await lost.AssertErrorAsync(HttpStatusCode.RequestedRangeNotSatisfiable, "BLOB_UPLOAD_INVALID");
        Assert.Equal("0-999", lost.Headers.GetValues("Range").Single());
    }

    [Fact]
    public async Task Concurrently_repeated_closing_put_succeeds_each_time()
    {
        for (var round = 0; round < 10; round++)
        {
            var content = RandomBytes(100_000);
            var location = await _one.Client.BeginUploadAsync(_name);
            location = await _one.Client.AppendAsync(location, content[..50_000]);
            await Task.WhenAll(Enumerable.Range(0, 6).Select(async i =>
            {
                await Task.Delay(8 * i);
                await ExpectAsync(Pick(i).PutAsync(Closing(location, DigestOf(content)), Body(content[50_000..])), 201);
            }));
            Assert.Equal(content, await _two.Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(content)}"));
        }
    }

    [Fact]
    public async Task Aborted_large_push_pins_nothing()
    {
        var manifest = await PrepareLargeAsync();
        await using var registry = await TestRegistry.StartAsync();
        foreach (var milliseconds in Enumerable.Range(1, 12))
        {
            using var impatient = new CancellationTokenSource(TimeSpan.FromMilliseconds(6 * milliseconds));
            try
            {
                using var put = await registry.Client.PutAsync($"/v2/{_name}/manifests/x",
                    Body(manifest, MediaType.OciManifest), impatient.Token);
            }
            catch (OperationCanceledException)
            {
                // Clients disconnect after their timeout.
            }
        }
        // A host ends when its requests have, however long that takes.
        registry.Get<IOptions<HostOptions>>().Value.ShutdownTimeout = Timeout.InfiniteTimeSpan;
        await registry.Get<IHost>().StopAsync();
        Assert.Equal(0, await CountPendingAsync());
    }

    /// <summary>
    /// The storage may execute a request whose sender has disconnected. Then the pending row would be written after it was
    /// deleted.
    /// </summary>
    // P15 (docs/design/hardening.md)
    [Fact]
    public async Task Large_push_aborted_during_the_write_of_its_pending_row_pins_nothing()
    {
        var manifest = Manifest.Parse(MediaType.OciManifest, await PrepareLargeAsync(), DigestAlgorithm.Sha256);
        await using var late = await DelayedTables.StartAsync(request => request.Method == "PUT"
            && request.Target.Contains("'p:", StringComparison.Ordinal));
        await using var registry = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = late.ConnectionString);
        using var impatient = new CancellationTokenSource();
        var push = registry.Get<ManifestWriter>().PutAsync(
            RepositoryName.Parse(_name), new ManifestPush { Manifest = manifest, MayOverwrite = true }, impatient.Token);
        await late.Arrived;
        Assert.Equal(0, await CountPendingAsync());
        await impatient.CancelAsync();
        // A push that did not wait for its row would end soon.
        await Task.WhenAny(push, Task.Delay(TimeSpan.FromSeconds(1)));
        late.Release();
        Assert.Equal(HttpStatusCode.NoContent, await late.Executed);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => push);
        Assert.Equal(0, await CountPendingAsync());
    }

    /// <summary>
    /// A manifest that is not pushed yet, with more references than fit into a transaction, which are pushed.
    /// </summary>
    async Task<byte[]> PrepareLargeAsync()
    {
        var layers = Enumerable.Range(0, 300).Select(i => BitConverter.GetBytes(i)).ToArray();
        await _one.Client.PushImageAsync(_name, null, layers);
        return Image([.. layers.Skip(1)]).ToBytes();
    }

    async Task<int> CountPendingAsync()
    {
        var table = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        return table.Query<TableEntity>($"PartitionKey eq '{_name.Replace('/', ':')}' and RowKey ge 'p:' and RowKey lt 'p;'").Count();
    }

    [Fact]
    public async Task The_same_blob_pushed_by_many_at_once_is_accepted_from_all_and_stored_once_in_the_tables()
    {
        var content = RandomBytes(300_000);
        var names = Enumerable.Range(0, 8).Select(_ => TestRegistry.NewName()).ToArray();
        await Task.WhenAll(names.Select((name, i) => Pick(i).PushBlobAsync(name, content)));
        foreach (var name in names) Assert.Equal(content, await _one.Client.GetByteArrayAsync($"/v2/{name}/blobs/{DigestOf(content)}"));
        var digests = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "digests");
        Assert.Equal(names.Length + 1, digests.Query<TableEntity>(row => row.PartitionKey == DigestOf(content)).Count());
    }

    [Fact]
    public async Task A_finished_upload_leaves_nothing_behind_in_the_staging_container()
    {
        var content = RandomBytes(200_000);
        var location = await _one.Client.BeginUploadAsync(_name);
        location = await _one.Client.AppendAsync(location, content);
        await ExpectAsync(_two.Client.PutAsync(Closing(location, DigestOf(content)), null), 201);
        var staged = new BlobContainerClient(await SharedAzurite.GetConnectionStringAsync(), "uploads")
            .GetBlobClient(SessionOf(location));
        Assert.False((await staged.ExistsAsync()).Value);
    }

    [Fact]
    public async Task Marked_link_is_unmarked_by_HEAD_and_by_a_push_that_references_it()
    {
        var (first, second) = (RandomBytes(10), RandomBytes(11));
        await _one.Client.PushBlobAsync(_name, "{}"u8.ToArray());
        var table = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        foreach (var content in new[] { first, second })
        {
            await _one.Client.PushBlobAsync(_name, content);
            await table.UpdateEntityAsync(new TableEntity(_name.Replace('/', ':'), $"b:{DigestOf(content)}")
            {
                ["MarkedForDeletion"] = true,
            }, Azure.ETag.All);
        }
        await ExpectAsync(_one.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{_name}/blobs/{DigestOf(first)}")), 200);
        await ExpectAsync(_one.Client.PutManifestAsync(_name, "x", Image(second).ToBytes()), 201);
        foreach (var content in new[] { first, second })
        {
            Assert.False((await table.GetEntityAsync<TableEntity>(_name.Replace('/', ':'), $"b:{DigestOf(content)}"))
                .Value.GetBoolean("MarkedForDeletion"));
        }
    }

    HttpClient Pick(int i) => (i % 2 == 0 ? _one : _two).Client;

    static Task RaceAsync(params Func<int, Task>[] actors) => Task.WhenAll(actors.Select(async actor =>
    {
        for (var i = 0; i < 40; i++) await actor(i);
    }));

    static async Task<int> ExpectAsync(Task<HttpResponseMessage> request, params int[] statuses)
    {
        using var response = await request;
        Assert.True(statuses.Contains((int)response.StatusCode),
            $"{response.RequestMessage}\n{response}\n{await response.Content.ReadAsStringAsync()}");
        return (int)response.StatusCode;
    }

    /// <summary>
    /// Scans the repository's rows while no request writes: tags, their inverse and the manifests agree, and nothing dangles.
    /// </summary>
    async Task AssertConsistentAsync()
    {
        var table = new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        var partition = _name.Replace('/', ':');
        var rows = table.Query<TableEntity>(row => row.PartitionKey == partition).ToDictionary(row => row.RowKey);
        foreach (var (key, row) in rows)
        {
            if (key.StartsWith("t:", StringComparison.Ordinal))
            {
                Assert.Contains($"m:{row["Digest"]}", rows.Keys);
                Assert.Contains($"d:{row["Digest"]}:{key[2..]}", rows.Keys);
            }
            if (key.StartsWith("d:", StringComparison.Ordinal))
            {
                var tag = key[(key.LastIndexOf(':') + 1)..];
                Assert.Equal(key[2..key.LastIndexOf(':')], rows[$"t:{tag}"]["Digest"]);
            }
            Assert.False(key.StartsWith("p:", StringComparison.Ordinal), $"{key} was not removed");
        }
        await AssertManifestsCompleteAsync();
    }

    /// <summary>At any moment, every readable manifest has all its layers.</summary>
    async Task AssertManifestsCompleteAsync()
    {
        using var response = await _two.Client.GetAsync($"/v2/{_name}/manifests/x");
        if (!response.IsSuccessStatusCode) return;
        var body = await response.Content.ReadAsStringAsync();
        foreach (var layer in JsonNode.Parse(body)!["layers"]!.AsArray())
        {
            if (await ExpectAsync(_one.Client.GetAsync($"/v2/{_name}/blobs/{layer!["digest"]}"), 200, 404) == 200) continue;
            // Deleted since, manifest first; otherwise it dangles.
            using var again = await _two.Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(System.Text.Encoding.UTF8.GetBytes(body))}");
            Assert.Equal(HttpStatusCode.NotFound, again.StatusCode);
        }
    }
}
