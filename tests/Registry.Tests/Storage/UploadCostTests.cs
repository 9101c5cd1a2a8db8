using System.Net;
using Registry.Tests.Server;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Storage;

/// <summary>Every byte is sent to the storage once, in as few pieces as fit into memory, and never read back.</summary>
public sealed class UploadCostTests : IAsyncLifetime, IDisposable
{
    const int MiB = 1 << 20;

    readonly string _name = TestRegistry.NewName();
    TestRegistry _registry = null!;
    TestRegistry _other = null!;
    TransactionCounter _counter = null!;

    public async Task InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync();
        _other = await TestRegistry.StartAsync();
        _counter = new(_registry, _other);
    }

    public void Dispose() => _counter.Dispose();

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _other.DisposeAsync();
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 1)]
    [InlineData(128 * 1024, 1)]
    [InlineData(4 * MiB - 1, 1)]
    [InlineData(4 * MiB, 1 + 1)]
    [InlineData(4 * MiB + 1, 2 + 1)]
    [InlineData(12 * MiB, 3 + 1)]
    public async Task Small_upload_is_one_write_and_larger_ones_a_block_per_4_MiB_and_their_list(int size, int writes)
    {
        var content = RandomBytes(size);
        using var post = await _registry.Client.PostAsync($"/v2/{_name}/blobs/uploads/?digest={DigestOf(content)}", Body(content));
        Assert.Equal(HttpStatusCode.Created, post.StatusCode);
        Assert.Equal(writes, _counter["blob", "PUT"]);
        AssertNothingRead();
    }

    /// <summary>Each chunk at another instance than the previous one.</summary>
    [Theory]
    [InlineData("")]
    [InlineData("?digest-algorithm=sha512")]
    public async Task Chunks_that_arrive_at_several_instances_are_not_read_back(string query)
    {
        var content = RandomBytes(6 * MiB);
        var digest = query.Length == 0 ? DigestOf(content) : Sha512Of(content);
        var location = await _registry.Client.BeginUploadAsync(_name, query);
        for (var i = 0; i < 5; i++)
        {
            location = await (i % 2 == 0 ? _other : _registry).Client.AppendAsync(location, content[(i * MiB)..((i + 1) * MiB)]);
        }
        using var put = await _other.Client.PutAsync(Closing(location, digest), Body(content[(5 * MiB)..]));
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        AssertNothingRead();
        Assert.Equal(content, await _registry.Client.GetByteArrayAsync($"/v2/{_name}/blobs/{digest}"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("?digest-algorithm=sha512")]
    public async Task An_upload_outlives_its_server_and_is_not_read_back(string query)
    {
        var content = RandomBytes(9 * MiB);
        var digest = query.Length == 0 ? DigestOf(content) : Sha512Of(content);
        var (server, client) = await ServerProcess.StartAsync(null,
            $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}");
        await using var ended = server;
        using var disposed = client;
        var location = await client.BeginUploadAsync(_name, query);
        location = await client.AppendAsync(location, content[..(5 * MiB)]);
        await server.SignalAsync("KILL");

        location = await _registry.Client.AppendAsync(location, content[(5 * MiB)..]);
        using var put = await _registry.Client.PutAsync(Closing(location, digest), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        AssertNothingRead();
        Assert.Equal(content, await _registry.Client.GetByteArrayAsync($"/v2/{_name}/blobs/{digest}"));
    }

    [Fact]
    public async Task A_mount_that_cannot_be_done_announces_its_algorithm()
    {
        var content = RandomBytes(5 * MiB);
        var location = await _registry.Client.BeginUploadAsync(_name, $"?mount={Sha512Of(content)}&from=missing");
        location = await _registry.Client.AppendAsync(location, content);
        using var put = await _registry.Client.PutAsync(Closing(location, Sha512Of(content)), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        AssertNothingRead();
    }

    /// <summary>The counter counts reads, and an unannounced algorithm needs one.</summary>
    [Fact]
    public async Task Only_an_unannounced_digest_requires_reading_back()
    {
        var content = RandomBytes(5 * MiB);
        var location = await _registry.Client.BeginUploadAsync(_name);
        location = await _registry.Client.AppendAsync(location, content);
        using var put = await _registry.Client.PutAsync(Closing(location, Sha512Of(content)), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(1, _counter["blob", "GET"]);
    }

    void AssertNothingRead() => Assert.Equal(0, _counter["blob", "GET"]);
}
