using System.Buffers.Binary;
using System.Numerics;
using Registry.Oci;

namespace Registry.Hashing;

/// <summary>SHA-256 and SHA-512 in plain C# (FIPS 180-4), for machines without OpenSSL.</summary>
sealed class PortableSha2 : RunningDigest
{
    static readonly ulong[] s_roundConstants = CubeRoots(80);
    static readonly ulong[] s_initialChain = SquareRoots();

    readonly bool _wide;
    readonly int _blockSize;
    readonly ulong[] _chain = new ulong[8];
    readonly byte[] _pending;
    ulong _length;

    public PortableSha2(DigestAlgorithm algorithm)
        : base(algorithm)
    {
        _wide = algorithm == DigestAlgorithm.Sha512;
        _blockSize = Sha2State.BlockSize(algorithm);
        _pending = new byte[_blockSize];
        // SHA-256's constants are the first 32 bits of SHA-512's.
        for (var i = 0; i < 8; i++) _chain[i] = _wide ? s_initialChain[i] : s_initialChain[i] >> 32;
    }

    int Fill => (int)(_length % (ulong)_blockSize);

    public override void Append(ReadOnlySpan<byte> data)
    {
        while (!data.IsEmpty)
        {
            var fill = Fill;
            var take = Math.Min(_blockSize - fill, data.Length);
            data[..take].CopyTo(_pending.AsSpan(fill));
            _length += (ulong)take;
            data = data[take..];
            if (Fill == 0) Compress(_pending);
        }
    }

    public override Digest Finish()
    {
        var bits = (UInt128)_length * 8;
        var lengthSize = _blockSize / 8;
        var padding = new byte[_blockSize - (Fill + lengthSize) % _blockSize + lengthSize];
        padding[0] = 0x80;
        if (_wide) BinaryPrimitives.WriteUInt128BigEndian(padding.AsSpan(^16..), bits);
        else BinaryPrimitives.WriteUInt64BigEndian(padding.AsSpan(^8..), (ulong)bits);
        Append(padding);
        return new Digest(Algorithm, new Sha2State(_chain, 0, []).Write(Algorithm).AsSpan(0, Algorithm.Size));
    }

    protected internal override Sha2State Save() => new([.. _chain], _length, _pending[..Fill]);

    protected internal override void Import(Sha2State state)
    {
        state.Chain.CopyTo(_chain, 0);
        state.Pending.CopyTo(_pending, 0);
        _length = state.Length;
    }

    void Compress(ReadOnlySpan<byte> block)
    {
        if (_wide) Compress64(block);
        else Compress32(block);
    }

    void Compress32(ReadOnlySpan<byte> block)
    {
        Span<uint> w = stackalloc uint[64];
        for (var t = 0; t < 16; t++) w[t] = BinaryPrimitives.ReadUInt32BigEndian(block[(t * 4)..]);
        for (var t = 16; t < 64; t++)
        {
            var s0 = uint.RotateRight(w[t - 15], 7) ^ uint.RotateRight(w[t - 15], 18) ^ (w[t - 15] >> 3);
            var s1 = uint.RotateRight(w[t - 2], 17) ^ uint.RotateRight(w[t - 2], 19) ^ (w[t - 2] >> 10);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
        Span<uint> v = stackalloc uint[8];
        for (var i = 0; i < 8; i++) v[i] = (uint)_chain[i];
        for (var t = 0; t < 64; t++)
        {
            var s1 = uint.RotateRight(v[4], 6) ^ uint.RotateRight(v[4], 11) ^ uint.RotateRight(v[4], 25);
            var t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + (uint)(s_roundConstants[t] >> 32) + w[t];
            var s0 = uint.RotateRight(v[0], 2) ^ uint.RotateRight(v[0], 13) ^ uint.RotateRight(v[0], 22);
            var t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v[..7].CopyTo(v[1..]);
            v[4] += t1;
            v[0] = t1 + t2;
        }
        for (var i = 0; i < 8; i++) _chain[i] = unchecked((uint)_chain[i] + v[i]);
    }

    void Compress64(ReadOnlySpan<byte> block)
    {
        Span<ulong> w = stackalloc ulong[80];
        for (var t = 0; t < 16; t++) w[t] = BinaryPrimitives.ReadUInt64BigEndian(block[(t * 8)..]);
        for (var t = 16; t < 80; t++)
        {
            var s0 = ulong.RotateRight(w[t - 15], 1) ^ ulong.RotateRight(w[t - 15], 8) ^ (w[t - 15] >> 7);
            var s1 = ulong.RotateRight(w[t - 2], 19) ^ ulong.RotateRight(w[t - 2], 61) ^ (w[t - 2] >> 6);
            w[t] = w[t - 16] + s0 + w[t - 7] + s1;
        }
        Span<ulong> v = stackalloc ulong[8];
        _chain.CopyTo(v);
        for (var t = 0; t < 80; t++)
        {
            var s1 = ulong.RotateRight(v[4], 14) ^ ulong.RotateRight(v[4], 18) ^ ulong.RotateRight(v[4], 41);
            var t1 = v[7] + s1 + ((v[4] & v[5]) ^ (~v[4] & v[6])) + s_roundConstants[t] + w[t];
            var s0 = ulong.RotateRight(v[0], 28) ^ ulong.RotateRight(v[0], 34) ^ ulong.RotateRight(v[0], 39);
            var t2 = s0 + ((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v[..7].CopyTo(v[1..]);
            v[4] += t1;
            v[0] = t1 + t2;
        }
        for (var i = 0; i < 8; i++) _chain[i] += v[i];
    }

    // FIPS 180-4, sections 4.2.3 and 5.3.5: the first 64 bits of the fractional parts of the roots of the first primes.
    // They are computed, not listed; tests compare the digests with those of .NET.
    static ulong[] CubeRoots(int count) => [.. Primes(count).Select(p => FractionOfRoot(p, 3))];

    static ulong[] SquareRoots() => [.. Primes(8).Select(p => FractionOfRoot(p, 2))];

    static ulong FractionOfRoot(int prime, int degree)
    {
        // The largest integer r with r^degree <= prime * 2^(64 * degree); its lower 64 bits are the fraction.
        var target = (BigInteger)prime << (64 * degree);
        BigInteger low = 0, high = (BigInteger)prime << 64;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (BigInteger.Pow(middle, degree) <= target) low = middle;
            else high = middle - 1;
        }
        return (ulong)(low & ulong.MaxValue);
    }

    static IEnumerable<int> Primes(int count) =>
        Enumerable.Range(2, 500).Where(n => Enumerable.Range(2, n - 2).All(d => n % d != 0)).Take(count);
}
