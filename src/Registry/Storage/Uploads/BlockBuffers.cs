using System.Buffers;
using System.Collections.Concurrent;

namespace Registry.Storage;

/// <summary>
/// The memory that all uploads of a process share: so many buffers of one block's size, made when they are first needed and
/// kept. An upload that finds none free waits, and with it its client, instead of taking more.
/// </summary>
/// <remarks>An upload goes on with one buffer, and gives it back without waiting for another, so waiting always ends.</remarks>
public sealed class BlockBuffers : IDisposable
{
    /// <summary>Buffers of 4 MiB, 20 MiB: as many as an upload can use by itself.</summary>
    internal const int Count = 5;

    /// <summary>A body that is known to be this small, in bytes, takes no turn: most manifests, configs and signatures.</summary>
    internal const int SmallSize = 128 * 1024;

    readonly SemaphoreSlim _free = new(Count);
    readonly ConcurrentQueue<byte[]> _kept = [];

    /// <summary>How many are in use, for tests.</summary>
    internal int InUse => Count - _free.CurrentCount;

    /// <summary>A buffer for a block, or for all of a small body.</summary>
    /// <param name="length">Of the body, if it is known.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    internal async ValueTask<BlockBuffer> RentAsync(long? length, CancellationToken cancellationToken)
    {
        // One byte more than the body has shows that it has ended.
        if (length is < SmallSize) return new(ArrayPool<byte>.Shared.Rent((int)length.Value + 1), (int)length.Value + 1, null);
        await _free.WaitAsync(cancellationToken);
        return new(_kept.TryDequeue(out var bytes) ? bytes : GC.AllocateUninitializedArray<byte>(BlockStager.BlockSize), BlockStager.BlockSize, this);
    }

    public void Dispose() => _free.Dispose();

    internal void Return(byte[] bytes)
    {
        _kept.Enqueue(bytes);
        _free.Release();
    }
}

/// <summary>A buffer that is in use until it is disposed.</summary>
sealed class BlockBuffer(byte[] bytes, int size, BlockBuffers? owner) : IDisposable
{
    byte[]? _bytes = bytes;

    public Memory<byte> Memory => _bytes.AsMemory(0, size);

    /// <summary>How much of it is content.</summary>
    public int Filled { get; set; }

    public ReadOnlyMemory<byte> Content => _bytes.AsMemory(0, Filled);

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _bytes, null) is not { } returned) return;
        if (owner is null) ArrayPool<byte>.Shared.Return(returned);
        else owner.Return(returned);
    }
}
