using System.Net;
using Registry.Storage;
using Xunit;

namespace Registry.Tests.Storage;

/// <summary>Memory of uploads: bounded for all of them together, and returned to the pool.</summary>
public sealed class UploadMemoryTests : IAsyncLifetime
{
    const int Many = 20;

    TestRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await TestRegistry.StartAsync();

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    UploadMemory Memory => _registry.Get<UploadMemory>();

    [Fact]
    public async Task Many_uploads_share_the_memory_and_return_it()
    {
        var name = TestRegistry.NewName();
        var most = 0L;
        using var enough = new CancellationTokenSource();
        var watching = Task.Run(async () =>
        {
            while (!enough.IsCancellationRequested)
            {
                most = Math.Max(most, Memory.InUse);
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
        Assert.InRange(most, BlockStager.BlockSize, UploadMemory.Capacity);
        Assert.Equal(0, Memory.InUse);
    }

    [Fact]
    public async Task Upload_without_a_body_yet_holds_no_memory()
    {
        var name = TestRegistry.NewName();
        var content = OciContent.RandomBytes(9 << 20);
        var begin = new TaskCompletionSource();
        var waiting = Enumerable.Range(0, Many).Select(async _ =>
        {
            var location = await _registry.Client.BeginUploadAsync(name);
            using var put = await _registry.Client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)),
                new LateContent(content, begin.Task));
            return put.StatusCode;
        }).ToArray();
        // Other uploads proceed meanwhile.
        for (var i = 0; i < 3; i++) await _registry.Client.PushBlobAsync(name, OciContent.RandomBytes(9 << 20));
        Assert.Equal(0, Memory.InUse);
        begin.SetResult();
        Assert.All(await Task.WhenAll(waiting), status => Assert.Equal(HttpStatusCode.Created, status));
        Assert.Equal(0, Memory.InUse);
    }

    [Fact]
    public async Task Aborted_uploads_return_their_memory()
    {
        var name = TestRegistry.NewName();
        var content = OciContent.RandomBytes(9 << 20);
        await Task.WhenAll(Enumerable.Range(0, Many).Select(async _ =>
        {
            var location = await _registry.Client.BeginUploadAsync(name);
            await Assert.ThrowsAsync<HttpRequestException>(() => _registry.Client.PatchAsync(location, new BrokenContent(content)));
        }));
        for (var i = 0; i < 100 && Memory.InUse > 0; i++) await Task.Delay(50);
        Assert.Equal(0, Memory.InUse);
        await _registry.Client.PushBlobAsync(name, content);
    }

    /// <summary>The blocks that slow clients fill take more memory than there is for them: they are staged as they are.</summary>
    [Fact]
    public async Task Slow_uploads_give_their_memory_to_a_fast_one_and_go_on()
    {
        var name = TestRegistry.NewName();
        var go = new TaskCompletionSource();
        var contents = Enumerable.Range(0, 2 * UploadMemory.MaxFilling / (1 << 20)).Select(_ => OciContent.RandomBytes(3 << 19)).ToArray();
        var slow = contents.Select(async (content, i) =>
        {
            var location = await _registry.Client.BeginUploadAsync(name);
            using var body = new LateContent(content, go.Task, before: 1 << 20);
            if (i % 2 == 0) return await _registry.Client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)), body);
            using var patched = await _registry.Client.PatchAsync(location, body);
            return await _registry.Client.PutAsync(
                OciContent.Closing(patched.Headers.Location!.ToString(), OciContent.DigestOf(content)), null);
        }).ToArray();
        // They stay slow until this one has ended.
        await _registry.Client.PushBlobAsync(name, OciContent.RandomBytes(64 << 20)).WaitAsync(TimeSpan.FromSeconds(60));
        Assert.InRange(Memory.InUse, 0, UploadMemory.MaxFilling);
        go.SetResult();
        foreach (var (content, push) in contents.Zip(slow))
        {
            using var put = await push;
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
            Assert.Equal(content, await _registry.Client.GetByteArrayAsync(put.Headers.Location));
        }
        Assert.Equal(0, Memory.InUse);
    }

    [Fact]
    public async Task Slow_upload_has_no_memory_beyond_what_it_sent()
    {
        var name = TestRegistry.NewName();
        var go = new TaskCompletionSource();
        var slow = Enumerable.Range(0, Many).Select(async _ =>
        {
            var content = OciContent.RandomBytes(9 << 20);
            using var body = new LateContent(content, go.Task, before: 2000);
            var location = await _registry.Client.BeginUploadAsync(name);
            return await _registry.Client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)), body);
        }).ToArray();
        for (var i = 0; i < 100 && Memory.InUse < Many * UploadMemory.PageSize; i++) await Task.Delay(50);
        Assert.Equal(Many * UploadMemory.PageSize, Memory.InUse);
        go.SetResult();
        foreach (var push in slow) (await push).Dispose();
    }

    /// <summary>Uploads end at any time, also while another looks for blocks that can be staged.</summary>
    [Fact]
    public async Task Blocks_are_discarded_while_others_ask_for_memory()
    {
        using var memory = new UploadMemory();
        using var asking = memory.Begin(minLength: 0);
        for (var round = 0; round < 3; round++)
        {
            var blocks = Enumerable.Range(0, 16).Select(_ => memory.Begin(minLength: 0)).ToArray();
            for (var page = 0; page < 60; page++)
            {
                foreach (var block in blocks)
                {
                    Assert.True(await memory.GrowAsync(block, default));
                    block.Advance(block.Next.Length);
                }
            }
            // Younger blocks are not asked for.
            await Task.Delay(600);
            using var enough = new CancellationTokenSource();
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            var ask = Task.Run(() =>
            {
                for (; !enough.IsCancellationRequested; started.TrySetResult()) _ = memory.Offer(asking);
            });
            await started.Task;
            foreach (var block in blocks) block.Dispose();
            await enough.CancelAsync();
            await ask;
            Assert.Equal(0, memory.InUse);
        }
    }

    /// <summary>Else each page of a fast upload would wait for all slow ones that wait to begin.</summary>
    [Fact]
    public async Task Memory_goes_to_blocks_that_have_some_before_others_begin()
    {
        using var memory = new UploadMemory();
        var sent = await BeginAsync((UploadMemory.Capacity - UploadMemory.MaxFilling) / UploadMemory.PageSize);
        foreach (var block in sent) memory.Seal(block);
        var filling = await BeginAsync(UploadMemory.MaxFilling / UploadMemory.PageSize);
        Assert.Equal(UploadMemory.Capacity, memory.InUse);

        var beginning = memory.GrowAsync(memory.Begin(minLength: 0), default).AsTask();
        var growing = memory.GrowAsync(filling[0], default).AsTask();
        memory.Seal(filling[1]);
        memory.Return(sent[0]);
        Assert.True(await growing.WaitAsync(TimeSpan.FromSeconds(10)));
        Assert.False(beginning.IsCompleted);
        memory.Return(filling[2]);
        Assert.True(await beginning.WaitAsync(TimeSpan.FromSeconds(10)));

        async Task<List<FillingBlock>> BeginAsync(int count)
        {
            var blocks = Enumerable.Range(0, count).Select(_ => memory.Begin(minLength: 0)).ToList();
            foreach (var block in blocks)
                Assert.True(await memory.GrowAsync(block, default).AsTask().WaitAsync(TimeSpan.FromSeconds(10)));
            return blocks;
        }
    }

    // S20 (docs/design/hardening.md)
    [Fact]
    public async Task Upload_of_a_byte_now_and_then_needs_no_page_and_no_block()
    {
        var name = TestRegistry.NewName();
        var go = new TaskCompletionSource();
        var content = OciContent.RandomBytes(FillingBlock.StartSize + 1);
        var slow = Enumerable.Range(0, 2 * Many).Select(async i =>
        {
            using var body = new LateContent(content, go.Task, before: FillingBlock.StartSize);
            var location = await _registry.Client.BeginUploadAsync(name);
            return await _registry.Client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(content)), body);
        }).ToArray();
        await _registry.Client.PushBlobAsync(name, OciContent.RandomBytes(9 << 20));
        await Task.Delay(500);
        Assert.Equal(0, Memory.InUse);
        go.SetResult();
        foreach (var push in slow)
        {
            using var put = await push;
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        Assert.Equal(content, await _registry.Client.GetByteArrayAsync($"/v2/{name}/blobs/{OciContent.DigestOf(content)}"));
    }

    /// <summary>Whatever an upload shares the memory with, its blocks suffice for 97 GiB.</summary>
    [Fact]
    public void Blocks_that_are_staged_early_leave_room_for_a_large_blob() => Assert.InRange(
        Enumerable.Range(0, StagedBlocks.Max).Sum(blocks => (long)BlockStager.MinLength(blocks)), 97L << 30, 98L << 30);

    /// <summary>Sends its headers and its first bytes at once, and the others when the task completes.</summary>
    sealed class LateContent(byte[] bytes, Task begin, int before = 0) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.WriteAsync(bytes.AsMemory(0, before));
            await stream.FlushAsync();
            await begin;
            await stream.WriteAsync(bytes.AsMemory(before));
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
