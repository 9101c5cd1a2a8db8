using System.Buffers;
using System.Security.Cryptography;
using Azure.Storage.Blobs.Specialized;
using Registry.Hashing;

namespace Registry.Storage;

/// <summary>
/// Streams one request's body into blocks of an object: read into pooled buffers, hashed while they are being staged, a few
/// in flight. Memory is bounded by <see cref="BlockSize"/> × (<see cref="MaxInFlight"/> + 1), whatever the body's length.
/// </summary>
/// <remarks>
/// Nothing staged is visible until it is committed. The ids of the blocks begin with random bytes of this request, so two
/// requests on one object never stage a block under the same id, and a request that failed leaves nothing that counts.
/// </remarks>
sealed class BlockStager(BlockBlobClient blob, RunningDigest digest, StagedBlocks blocks)
{
    /// <summary>Bytes of a block, except the last of a request. 4 MiB × 50,000 blocks is the largest blob: 195 GiB.</summary>
    public const int BlockSize = 4 * 1024 * 1024;

    public const int MaxInFlight = 2;

    /// <summary>Reads the body to its end. What fits one buffer can be kept instead of staged.</summary>
    /// <param name="body">The request's body.</param>
    /// <param name="keepSmall">Whether a body smaller than a block is to be returned instead of staged.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<StagedBody> StageAsync(UploadBody body, bool keepSmall, CancellationToken cancellationToken)
    {
        // A small body takes a small buffer; one byte more than it has shows that it has ended.
        var capacity = body.Length is { } known && known < BlockSize ? (int)known + 1 : BlockSize;
        var inFlight = new Queue<Task>();
        var length = 0L;
        var run = new BlockRun(RandomNumberGenerator.GetBytes(BlockRun.RandomSize), 0);
        var buffer = ArrayPool<byte>.Shared.Rent(capacity);
        try
        {
            while (true)
            {
                var filled = await body.Content.ReadAtLeastAsync(buffer.AsMemory(0, capacity), capacity, throwOnEndOfStream: false, cancellationToken);
                var ended = filled < capacity;
                length += filled;
                if (ended && keepSmall && run.Count == 0)
                {
                    digest.Append(buffer.AsSpan(0, filled));
                    var whole = new StagedBody(length, blocks, buffer);
                    buffer = null;
                    return whole;
                }
                if (filled > 0)
                {
                    inFlight.Enqueue(StageBlockAsync(run.BlockId(run.Count), buffer, filled, cancellationToken));
                    buffer = null;
                    run = run with { Count = run.Count + 1 };
                }
                if (ended) break;
                if (inFlight.Count == MaxInFlight) await inFlight.Dequeue();
                buffer ??= ArrayPool<byte>.Shared.Rent(capacity);
            }
            await Task.WhenAll(inFlight);
            return new StagedBody(length, run.Count > 0 ? blocks.With(run) : blocks);
        }
        finally
        {
            if (buffer is not null) ArrayPool<byte>.Shared.Return(buffer);
            // After a failure the others still read from their buffers; their own failures say nothing new.
            await Task.WhenAll(inFlight).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Sends one block and hashes it meanwhile; then the buffer goes back to the pool.</summary>
    async Task StageBlockAsync(string id, byte[] buffer, int length, CancellationToken cancellationToken)
    {
        try
        {
            using var content = new MemoryStream(buffer, 0, length, writable: false);
            var sending = blob.StageBlockAsync(id, content, options: null, cancellationToken);
            digest.Append(buffer.AsSpan(0, length));
            await sending;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
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
sealed class StagedBody(long length, StagedBlocks blocks, byte[]? buffer = null) : IDisposable
{
    byte[]? _buffer = buffer;

    /// <summary>In bytes.</summary>
    public long Length => length;

    public StagedBlocks Blocks => blocks;

    /// <summary>The bytes of a body that was kept instead of staged; valid until this is disposed.</summary>
    public ReadOnlyMemory<byte>? Whole => _buffer?.AsMemory(0, (int)length);

    public void Dispose()
    {
        if (_buffer is not null) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = null;
    }
}
