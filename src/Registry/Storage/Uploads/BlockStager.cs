using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Azure.Storage.Blobs.Specialized;
using Registry.Hashing;

namespace Registry.Storage;

/// <summary>
/// Streams one request's body into blocks of an object: received into a buffer while those before it are being hashed and
/// sent, a few at a time. Memory is bounded by <see cref="BlockBuffers"/>, whatever the bodies' number and length.
/// </summary>
/// <remarks>
/// Nothing staged is visible until it is committed. The ids of the blocks begin with random bytes of this request, so two
/// requests on one object never stage a block under the same id, and a request that failed leaves nothing that counts.
/// </remarks>
sealed class BlockStager(BlockBlobClient blob, RunningDigest digest, StagedBlocks blocks, BlockBuffers buffers)
{
    /// <summary>Bytes of a block, except the last of a request. 4 MiB × 50,000 blocks is the largest blob: 195 GiB.</summary>
    public const int BlockSize = 4 * 1024 * 1024;

    public const int MaxInFlight = 4;

    /// <summary>A client that takes longer to fill a buffer gets a smaller block, so that it does not keep others from it.</summary>
    static readonly TimeSpan s_longestFill = TimeSpan.FromSeconds(30);

    /// <summary>The hashing of what has been received: each block after the one before it.</summary>
    Task _hashing = Task.CompletedTask;

    /// <summary>Reads the body to its end. What fits one buffer can be kept instead of staged.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="keepSmall">Whether a body smaller than a block is to be returned instead of staged.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<StagedBody> StageAsync(UploadBody body, bool keepSmall, CancellationToken cancellationToken)
    {
        var inFlight = new Queue<Task>();
        var length = 0L;
        var run = new BlockRun(RandomNumberGenerator.GetBytes(BlockRun.RandomSize), 0);
        try
        {
            while (true)
            {
                // A read of nothing ends when there is something: nobody holds a buffer who has not begun to send.
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
            // After a failure the others still read from their buffers; their own failures say nothing new.
            await Task.WhenAll(inFlight).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Reads until the buffer is full, the body has ended, or it takes too long.</summary>
    /// <returns>Whether the body has ended.</returns>
    static async Task<bool> FillAsync(BlockBuffer buffer, Stream content, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_longestFill);
        try
        {
            while (buffer.Filled < buffer.Memory.Length)
            {
                var read = await content.ReadAsync(buffer.Memory[buffer.Filled..], patience.Token);
                if (read == 0) return true;
                buffer.Filled += read;
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // What has not been read yet is still there.
        }
        return false;
    }

    /// <summary>Sends one block and hashes it meanwhile; then the buffer goes back.</summary>
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

    /// <summary>On a thread of its own, so that receiving goes on.</summary>
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

/// <summary>The body of an upload request.</summary>
/// <param name="Content">Its bytes, as they arrive.</param>
/// <param name="Length">How many, when the client said so (Content-Length).</param>
/// <param name="Range">Which bytes of the upload they are, when the client said so (Content-Range).</param>
public readonly record struct UploadBody(Stream Content, long? Length, ChunkRange? Range);

/// <summary>The bytes that a chunk says it is: first and last, both included.</summary>
public readonly record struct ChunkRange(long First, long Last)
{
    public long Length => Last - First + 1;
}

/// <summary>What became of a body: its blocks behind those that the object had, or all of its bytes when it was small.</summary>
sealed class StagedBody(long length, StagedBlocks blocks, BlockBuffer? whole = null) : IDisposable
{
    /// <summary>In bytes.</summary>
    public long Length => length;

    public StagedBlocks Blocks => blocks;

    /// <summary>The bytes of a body that was kept instead of staged; valid until this is disposed.</summary>
    public ReadOnlyMemory<byte>? Whole => whole?.Content;

    public void Dispose() => whole?.Dispose();
}
