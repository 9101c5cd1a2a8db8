using System.Net;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Storage;

/// <summary>Memory of uploads: bounded for all of them together, and returned to the pool.</summary>
public sealed class BlockBuffersTests : IAsyncLifetime
{
    TestRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    BlockBuffers Buffers => _registry.Get<BlockBuffers>();

    [Fact]
    public async Task Many_uploads_share_the_buffers_and_return_them()
    {
        var name = TestRegistry.NewName();
        var most = 0;
        using var enough = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                most = Math.Max(most, Buffers.InUse);
                await Task.Delay(1);
            }
        });
        await Task.WhenAll(Enumerable.Range(0, 30).Select(async _ =>
        {
            var content = OciContent.RandomBytes(9 << 20);
            await _registry.Client.PushBlobAsync(name, content);
            using var head = await _registry.Client.SendAsync(new(HttpMethod.Head, $"/v2/{name}/blobs/{OciContent.DigestOf(content)}"));
            Assert.Equal(content.Length, head.Content.Headers.ContentLength);
        }));
        await enough.CancelAsync();
        await watching;
        Assert.InRange(most, 2, BlockBuffers.Count);
        Assert.Equal(0, Buffers.InUse);
    }

    [Fact]
    public async Task Upload_without_a_body_yet_holds_no_buffer()
    {
        var name = TestRegistry.NewName();
        var content = OciContent.RandomBytes(9 << 20);
        var begin = new TaskCompletionSource();
        var waiting = Enumerable.Range(0, BlockBuffers.Count + 5).Select(async _ =>
        {
            var location = await _registry.Client.BeginUploadAsync(name);
            using var put = await _registry.Client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)),
                new LateContent(content, begin.Task));
            return put.StatusCode;
        }).ToArray();
        // Other uploads proceed meanwhile.
        for (var i = 0; i < 3; i++) await _registry.Client.PushBlobAsync(name, OciContent.RandomBytes(9 << 20));
        Assert.Equal(0, Buffers.InUse);
        begin.SetResult();
        Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(HttpStatusCode.Created, status));
        Assert.Equal(0, Buffers.InUse);
    }

    [Fact]
    public async Task Aborted_uploads_return_their_buffers()
    {
        var name = TestRegistry.NewName();
        var content = OciContent.RandomBytes(9 << 20);
        await Task.WhenAll(Enumerable.Range(0, BlockBuffers.Count + 5).Select(async _ =>
        {
            var location = await _registry.Client.BeginUploadAsync(name);
            await Assert.ThrowsAsync<HttpRequestException>(() => _registry.Client.PatchAsync(location, new BrokenContent(content)));
        }));
        for (var i = 0; i < 100 && Buffers.InUse > 0; i++) await Task.Delay(50);
        Assert.Equal(0, Buffers.InUse);
        await _registry.Client.PushBlobAsync(name, content);
    }

    /// <summary>Sends its headers at once, and its bytes when the task completes.</summary>
    sealed class LateContent(byte[] bytes, Task begin) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            await begin;
            await stream.WriteAsync(bytes);
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }

    /// <summary>Sends half of the announced length, and then fails.</summary>
    sealed class BrokenContent(byte[] bytes) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, bytes.Length / 2));
            await stream.FlushAsync();
            throw new IOException("The client fails here.");
        }

        protected override bool TryComputeLength(out long length)
        {
            length = bytes.Length;
            return true;
        }
    }
}
