using System.Buffers.Binary;

namespace Registry.Storage;

/// <summary>The staged blocks of an object, in order, packed as bytes: one run for each request.</summary>
sealed record StagedBlocks(byte[] Packed)
{
    /// <summary>Azure's limit on the blocks of one object.</summary>
    public const int Max = 50_000;

    const int RunSize = BlockRun.RandomSize + sizeof(int);

    public static readonly StagedBlocks None = new([]);

    public int Count => Runs().Sum(run => run.Count);

    public IEnumerable<string> Ids() => Runs().SelectMany(run => Enumerable.Range(0, run.Count).Select(run.BlockId));

    public StagedBlocks With(BlockRun run)
    {
        var packed = new byte[Packed.Length + RunSize];
        Packed.CopyTo(packed, 0);
        run.Random.CopyTo(packed, Packed.Length);
        BinaryPrimitives.WriteInt32BigEndian(packed.AsSpan(Packed.Length + BlockRun.RandomSize), run.Count);
        return new StagedBlocks(packed);
    }

    IEnumerable<BlockRun> Runs() => Packed.Chunk(RunSize).Select(run =>
        new BlockRun(run[..BlockRun.RandomSize], BinaryPrimitives.ReadInt32BigEndian(run.AsSpan(BlockRun.RandomSize))));
}

/// <summary>The blocks of one request: the random bytes that their ids begin with, and their number.</summary>
readonly record struct BlockRun(byte[] Random, int Count)
{
    public const int RandomSize = 8;

    /// <summary>Id of a block: random bytes and index, in 16 characters of base64. Azure requires ids of one length in an object.</summary>
    public string BlockId(int index)
    {
        Span<byte> id = stackalloc byte[RandomSize + sizeof(int)];
        Random.CopyTo(id);
        BinaryPrimitives.WriteInt32BigEndian(id[RandomSize..], index);
        return Convert.ToBase64String(id);
    }
}
