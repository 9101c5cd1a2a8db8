using System.Buffers;
using System.Collections.Concurrent;

namespace Registry.Storage;

/// <summary>
/// Memory shared by all uploads of a process: a fixed number of buffers of one block each, allocated on first use and kept. An
/// upload that finds no free buffer waits, and so does its client, instead of allocating more.
/// </summary>
/// <remarks>An upload proceeds with one buffer, and never waits for a second while it keeps one, so there is no deadlock.</remarks>
public sealed class BlockBuffers : IDisposable
{
    /// <summary>Buffers of 4 MiB each, 20 MiB in total: as many as a single upload can use.</summary>
    internal const int Count = 5;

    /// <summary>Bodies below this size in bytes bypass the shared buffers: most manifests, configs and signatures.</summary>
    internal const int SmallSize = 128 * 1024;

    readonly SemaphoreSlim _free = new(Count);
    readonly ConcurrentQueue<byte[]> _kept = [];

    /// <summary>Number of buffers in use, for tests.</summary>
    internal int InUse => Count - _free.CurrentCount;

    /// <summary>Rents a buffer for one block, or for the whole of a small body.</summary>
    /// <param name="length">Length of the body in bytes; null when it is not known.</param>
    /// <param name="cancellationToken">Cancels the wait.</param>
    internal async ValueTask<BlockBuffer> RentAsync(long? length, CancellationToken cancellationToken)
    {
        // One byte more than the body, so that a read can detect its end.
        if (length is < SmallSize)
        {
            var size = (int)length.Value + 1;
            return new(ArrayPool<byte>.Shared.Rent(size), size, null);
        }
        await _free.WaitAsync(cancellationToken);
        var bytes = _kept.TryDequeue(out var kept) ? kept : GC.AllocateUninitializedArray<byte>(BlockStager.BlockSize);
        return new(bytes, BlockStager.BlockSize, this);
    }

    public void Dispose() => _free.Dispose();

    internal void Return(byte[] bytes)
    {
        _kept.Enqueue(bytes);
        _free.Release();
    }
}

/// <summary>A rented buffer; disposing returns it.</summary>
sealed class BlockBuffer(byte[] bytes, int size, BlockBuffers? owner) : IDisposable
{
    byte[]? _bytes = bytes;

    public Memory<byte> Memory => _bytes.AsMemory(0, size);

    /// <summary>Number of bytes that contain content.</summary>
    public int Filled { get; set; }

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, Filled);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is not { } returned) return;
        if (owner is null) ArrayPool<byte>.Shared.Return(returned);
        else owner.Return(returned);
    }
}
