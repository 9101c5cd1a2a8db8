using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Registry.Server;

/// <summary>
/// Memory pool for Kestrel with blocks of 32 KiB, in place of its default of 4 KiB: Kestrel reads a socket into one block at a time, and
/// layers are large.
/// </summary>
sealed class LargeBlockPool : MemoryPool<byte>
{
    const int BlockSize = 32 * 1024;

    /// <summary>
    /// Number of free blocks that are kept: 8 MiB, enough for a hundred concurrent uploads. Dropped blocks are pinned, so the garbage
    /// collector frees them late.
    /// </summary>
    internal const int Kept = 256;

    readonly ConcurrentQueue<Block> _free = new();

    public override int MaxBufferSize => BlockSize;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, BlockSize);
        return _free.TryDequeue(out var block) ? block.Rented() : new Block(this);
    }

    protected override void Dispose(bool disposing) => _free.Clear();

    public sealed class Factory : IMemoryPoolFactory<byte>
    {
        public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => new LargeBlockPool();
    }

    sealed class Block(LargeBlockPool pool) : IMemoryOwner<byte>
    {
        // Pinned, because the operating system reads and writes it.
        readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(BlockSize, pinned: true);

        bool _returned;

        public Memory<byte> Memory => _bytes;

        public Block Rented()
        {
            _returned = false;
            return this;
        }

        public void Dispose()
        {
            // A block that is returned twice would be rented twice.
            if (!Interlocked.Exchange(ref _returned, true) && pool._free.Count < Kept) pool._free.Enqueue(this);
        }
    }
}
