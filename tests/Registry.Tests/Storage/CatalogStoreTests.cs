using System.Net;
using System.Text;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>A push that was refused leaves nothing; content is in the catalog, whatever happens at the same time.</summary>
// S10 (docs/design/hardening.md)
public sealed class CatalogStoreTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly RepositoryName _name = RepositoryName.Parse(TestRegistry.NewName());

    HttpClient Client => registry.Client;

    CatalogStore Catalog => registry.Get<CatalogStore>();

    public static TheoryData<string> Refused() => ["missing layer", "missing child", "many missing layers", "large body",
        "not JSON", "wrong digest", "no media type", "condition"];

    [Theory]
    [MemberData(nameof(Refused))]
    public async Task Refused_push_of_a_manifest_leaves_no_repository(string what)
    {
        var layers = Enumerable.Range(0, what == "many missing layers" ? 100 : 1).Select(_ => RandomBytes(10)).ToArray();
        var document = what == "missing child" ? Index(layers[0]) : Image(layers);
        if (what == "large body") document["annotations"] = new System.Text.Json.Nodes.JsonObject { ["a"] = new string('x', 300_000) };
        if (what == "no media type") document.Remove("mediaType");
        var body = what == "not JSON" ? "{"u8.ToArray() : document.ToBytes();
        using var request = new HttpRequestMessage(HttpMethod.Put,
            $"/v2/{_name}/manifests/{(what == "wrong digest" ? DigestOf([1]) : "v1")}")
        {
            Content = Body(body, what == "missing child" ? MediaType.OciIndex : MediaType.OciManifest),
        };
        if (what == "condition") request.Headers.TryAddWithoutValidation("If-Match", "*");
        using var answer = await Client.SendAsync(request);
        Assert.Equal(what == "condition" ? HttpStatusCode.PreconditionFailed : HttpStatusCode.BadRequest, answer.StatusCode);

        Assert.False(await Catalog.ContainsAsync(_name, CancellationToken.None));
        using var tags = await Client.GetAsync($"/v2/{_name}/tags/list");
        await tags.AssertErrorAsync(HttpStatusCode.NotFound, "NAME_UNKNOWN");
        // A body that is too large for a row is a blob, which nothing references: the collector takes it.
        if (what != "large body") Assert.Empty(await RowsAsync());
    }

    [Fact]
    public async Task Refused_and_cancelled_uploads_leave_no_repository()
    {
        using var wrong = await Client.PostAsync($"/v2/{_name}/blobs/uploads/?digest={DigestOf([1])}", Body([2]));
        await wrong.AssertErrorAsync(HttpStatusCode.BadRequest, "DIGEST_INVALID");
        var location = await Client.BeginUploadAsync(_name.Value);
        using var cancelled = await Client.DeleteAsync(location);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        Assert.False(await Catalog.ContainsAsync(_name, CancellationToken.None));
        // The row of the session, which keeps its location from being used again.
        Assert.Single(await RowsAsync());
    }

    /// <summary>A refused push into a repository that exists leaves it alone, whichever process knows it.</summary>
    [Fact]
    public async Task Refused_push_keeps_a_repository_that_exists()
    {
        await Client.PushImageAsync(_name.Value, "v1", RandomBytes(10));
        await using var other = await TestRegistry.StartAsync();
        foreach (var client in new[] { Client, other.Client })
        {
            using var refused = await client.PutManifestAsync(_name.Value, "v2", Image(RandomBytes(9)).ToBytes());
            Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
            Assert.True(await Catalog.ContainsAsync(_name, CancellationToken.None));
        }
    }

    /// <summary>Each order in which a refused push and another one, of another process, can touch the row.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Row_on_which_another_push_relies_is_not_deleted(bool refusedFirst)
    {
        await using var process = await TestRegistry.StartAsync();
        var other = process.Get<CatalogStore>();
        var (first, second) = refusedFirst ? (Catalog, other) : (other, Catalog);
        var created = await first.AddAsync(_name, CancellationToken.None);
        var relying = await second.AddAsync(_name, CancellationToken.None);
        Assert.NotNull(created.Created);
        Assert.Null(relying.Created);
        if (refusedFirst) second.Keep(relying);
        else first.Keep(created);
        await (refusedFirst ? first.UndoAsync(created) : second.UndoAsync(relying));
        Assert.True(await Catalog.ContainsAsync(_name, CancellationToken.None));
    }

    /// <summary>The storage executes the write, its answer is lost, and the repeated write is refused because of the first.</summary>
    [Fact]
    public async Task Push_that_is_refused_because_of_its_own_write_stays_in_the_catalog()
    {
        await Client.PostBlobAsync(_name.Value, "{}"u8.ToArray());
        var manifest = Image().ToBytes();
        var lost = 0;
        await using var tables = await TableProxy.StartAsync(await SharedAzurite.GetConnectionStringAsync(), async (request, forward) =>
        {
            var answer = await forward();
            var row = $"\"RowKey\":\"m:{DigestOf(manifest)}\"";
            var isWrite = Encoding.UTF8.GetString(request.Body).Contains(row, StringComparison.Ordinal);
            if (!isWrite || Interlocked.Exchange(ref lost, 1) == 1) return answer;
            answer.Dispose();
            return new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        });
        await using var process = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = tables.ConnectionString);
        using var push = new HttpRequestMessage(HttpMethod.Put, $"/v2/{_name}/manifests/{DigestOf(manifest)}")
        {
            Content = Body(manifest, MediaType.OciManifest),
        };
        push.Headers.TryAddWithoutValidation("If-None-Match", "*");
        using var answer = await process.Client.SendAsync(push);
        Assert.Equal((1, HttpStatusCode.PreconditionFailed), (lost, answer.StatusCode));
        Assert.Equal(manifest, await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}"));
        Assert.True(await Catalog.ContainsAsync(_name, CancellationToken.None));
    }

    [Fact]
    public async Task Refused_pushes_race_with_one_that_succeeds()
    {
        await using var process = await TestRegistry.StartAsync();
        for (var round = 0; round < 15; round++)
        {
            var name = TestRegistry.NewName();
            await Client.PostBlobAsync(name, "{}"u8.ToArray());
            var pushes = new[] { Client, process.Client, Client, process.Client }
                .Select((client, i) => client.PutManifestAsync(name, $"v{i}", Image(i == round % 4 ? [] : [RandomBytes(10)]).ToBytes()));
            var answers = await Task.WhenAll(pushes);
            Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
            Assert.True(await Catalog.ContainsAsync(RepositoryName.Parse(name), CancellationToken.None));
        }
    }

    async Task<List<TableEntity>> RowsAsync() =>
        await new TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories")
            .QueryAsync<TableEntity>(TableClient.CreateQueryFilter($"PartitionKey eq {Layout.Key(_name)}")).ToListAsync();
}
