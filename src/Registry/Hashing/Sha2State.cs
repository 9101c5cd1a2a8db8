using System.Buffers.Binary;
using Registry.Oci;

namespace Registry.Hashing;

/// <summary>The state of a SHA-2 digest between two appends (FIPS 180-4, section 6).</summary>
/// <param name="Chain">Chaining value of eight words; SHA-256 uses the lower half of each.</param>
/// <param name="Length">Number of bytes appended so far.</param>
/// <param name="Pending">The last <c>Length % block size</c> bytes.</param>
public sealed record Sha2State(ulong[] Chain, ulong Length, byte[] Pending)
{
    /// <summary>Size of a block in bytes: 64, or 128 for SHA-512.</summary>
    public static int BlockSize(DigestAlgorithm algorithm) => algorithm == DigestAlgorithm.Sha256 ? 64 : 128;

    internal byte[] Write(DigestAlgorithm algorithm)
    {
        var word = algorithm.Size / 8;
        var bytes = new byte[8 * word + 8 + Pending.Length];
        for (var i = 0; i < 8; i++)
        {
            if (word == 4) BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(i * 4), (uint)Chain[i]);
            else BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(i * 8), Chain[i]);
        }
        BinaryPrimitives.WriteUInt64BigEndian(bytes.AsSpan(8 * word), Length);
        Pending.CopyTo(bytes.AsSpan(8 * word + 8));
        return bytes;
    }

    internal static Sha2State Read(DigestAlgorithm algorithm, ReadOnlySpan<byte> bytes)
    {
        var word = algorithm.Size / 8;
        var chain = new ulong[8];
        for (var i = 0; i < 8; i++)
        {
            chain[i] = word == 4
                ? BinaryPrimitives.ReadUInt32BigEndian(bytes[(i * 4)..])
                : BinaryPrimitives.ReadUInt64BigEndian(bytes[(i * 8)..]);
        }
        var length = BinaryPrimitives.ReadUInt64BigEndian(bytes[(8 * word)..]);
        var pending = bytes[(8 * word + 8)..].ToArray();
        return (ulong)pending.Length == length % (ulong)BlockSize(algorithm)
            ? new Sha2State(chain, length, pending)
            : throw new FormatException($"A stored {algorithm} state of {bytes.Length} bytes does not fit its own length of {length}.");
    }
}
