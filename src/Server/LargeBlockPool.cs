using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Registry.Server;

/// <summary>
/// Memory for what Kestrel receives and sends, in blocks of 64 KiB instead of its own 4: it reads a socket into one block at a
/// time, and layers are long.
/// </summary>
sealed class LargeBlockPool : MemoryPool<byte>
{
    const int BlockSize = 64 * 1024;

    /// <summary>Blocks that are kept for the next ones: 16 MiB. More were needed by many at once, and are given back.</summary>
    const int Kept = 256;

    readonly ConcurrentQueue<Block> _free = new();

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _free.TryDequeue(out var block) ? block : new Block(this);
    }

    protected override void Dispose(bool disposing) => _free.Clear();

    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlockPool();
    }

    sealed class Block(LargeBlockPool pool) : IMemoryOwner<byte>
    {
        // Pinned, since the system reads and writes it.
        readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

        public Memory<byte> Memory => _bytes;

        public void Dispose()
        {
            if (pool._free.Count < Kept) pool._free.Enqueue(this);
        }
    }
}
