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

    /// <summary>Blocks that are kept for the next ones: 16 MiB, where a hundred that send at once find theirs. What is thrown away is found late: it is pinned.</summary>
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
        // Pinned, since the system reads and writes it.
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
            // Given back twice, it would be given to two.
            if (!Interlocked.Exchange(ref _returned, true) && pool._free.Count < Kept) pool._free.Enqueue(this);
        }
    }
}
