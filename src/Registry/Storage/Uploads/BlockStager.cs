using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Azure.Storage.Blobs.Specialized;
using Registry.Hashing;

namespace Registry.Storage;

/// <summary>
/// Streams the body of one request into blocks of an object. It receives one block while earlier blocks, a few at a time, are hashed
/// and sent. <see cref="BlockBuffers"/> bounds the memory, whatever the number and length of the bodies.
/// </summary>
/// <remarks>
/// Staged blocks are invisible until they are committed. The ids of the blocks begin with random bytes of this request, so two
/// requests on one object never stage a block under the same id, and the blocks of a failed request are never committed.
/// </remarks>
sealed class BlockStager(BlockBlobClient blob, RunningDigest digest, StagedBlocks blocks, BlockBuffers buffers)
{
    /// <summary>Size in bytes of every block but the last of a request. 50,000 blocks of 4 MiB make the largest blob: 195 GiB.</summary>
    public const int BlockSize = 4 * 1024 * 1024;

    public const int MaxInFlight = 4;

    /// <summary>If a client takes longer to fill a buffer, a smaller block is staged, so that other uploads get the buffer.</summary>
    static readonly TimeSpan s_fillTimeout = TimeSpan.FromSeconds(30);

    /// <summary>Hashing of the received blocks, chained in their order.</summary>
    Task _hashing = Task.CompletedTask;

    /// <summary>Reads the body to its end and stages it. A body that fits one buffer can be returned instead.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="keepSmall">Whether to return a body smaller than a block instead of staging it.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<StagedBody> StageAsync(UploadBody body, bool keepSmall, CancellationToken cancellationToken)
    {
        var inFlight = new Queue<Task>();
        var length = 0L;
        var run = new BlockRun(RandomNumberGenerator.GetBytes(BlockRun.RandomSize), 0);
        try
        {
            while (true)
            {
                // An empty read completes when data arrives: a client that has not begun to send occupies no buffer.
                _ = await body.Content.ReadAsync(Memory<byte>.Empty, cancellationToken);
                var buffer = await buffers.RentAsync(body.Length, cancellationToken);
                try
                {
                    var ended = await FillAsync(buffer, body.Content, cancellationToken);
                    length += buffer.Filled;
                    if (ended && keepSmall && run.Count == 0)
                    {
                        digest.Append(buffer.Content.Span);
                        (var whole, buffer) = (new StagedBody(length, blocks, buffer), null);
                        return whole;
                    }
                    if (buffer.Filled > 0)
                    {
                        inFlight.Enqueue(StageBlockAsync(run.BlockId(run.Count), buffer, cancellationToken));
                        buffer = null;
                        run = run with { Count = run.Count + 1 };
                    }
                    if (ended) break;
                }
                finally
                {
                    buffer?.Dispose();
                }
                if (inFlight.Count == MaxInFlight) await inFlight.Dequeue();
            }
            await Task.WhenAll(inFlight);
            return new StagedBody(length, run.Count > 0 ? blocks.With(run) : blocks);
        }
        finally
        {
            // After a failure the other tasks still read from their buffers; their own failures add nothing.
            await Task.WhenAll(inFlight).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads until the buffer is full, the body ends, or the fill timeout passes.</summary>
    /// <returns>Whether the body has ended.</returns>
    static async Task<bool> FillAsync(BlockBuffer buffer, Stream content, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(s_fillTimeout);
        try
        {
            while (buffer.Filled < buffer.Memory.Length)
            {
                var read = await content.ReadAsync(buffer.Memory[buffer.Filled..], timeout.Token);
                if (read == 0) return true;
                buffer.Filled += read;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The unread rest follows in the next block.
        }
        return false;
    }

    /// <summary>Sends one block and hashes it in parallel; then returns the buffer.</summary>
    [ProtocolStep(ProtocolStep.StageBlocks)]
    async Task StageBlockAsync(string id, BlockBuffer buffer, CancellationToken cancellationToken)
    {
        using (buffer)
        {
            var hashing = _hashing = AppendAfterAsync(_hashing, buffer.Content);
            try
            {
                using var content = AsStream(buffer.Content);
                await blob.StageBlockAsync(id, content, options: null, cancellationToken);
            }
            finally
            {
                await hashing;
            }
        }
    }

    /// <summary>Yields to another thread, so that receiving continues meanwhile.</summary>
    async Task AppendAfterAsync(Task before, ReadOnlyMemory<byte> content)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        digest.Append(content.Span);
    }

    static MemoryStream AsStream(ReadOnlyMemory<byte> content)
    {
        MemoryMarshal.TryGetArray(content, out var array);
        return new(array.Array!, array.Offset, array.Count, writable: false);
    }
}
