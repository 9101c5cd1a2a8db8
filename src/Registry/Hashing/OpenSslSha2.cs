using System.Runtime.InteropServices;
using Registry.Oci;

namespace Registry.Hashing;

/// <summary>SHA-256 and SHA-512 by the OpenSSL library that .NET itself uses on Linux.</summary>
/// <remarks>
/// The contexts <c>SHA256_CTX</c> and <c>SHA512_CTX</c> are public structs (openssl/sha.h), the same in 1.1 and 3.x: eight chaining
/// words, the length in bits as two words (low, high), the pending block, the fill of that block, and the digest's size.
/// </remarks>
sealed unsafe partial class OpenSslSha2 : RunningDigest
{
    // SHA-256 uses 112 bytes, SHA-512 216; the rest is reserve.
    const int ContextSize = 256;

    readonly bool _wide;
    byte* _context;

    public OpenSslSha2(DigestAlgorithm algorithm)
        : base(algorithm)
    {
        _wide = algorithm == DigestAlgorithm.Sha512;
        _context = (byte*)NativeMemory.AllocZeroed(ContextSize);
        Check(_wide ? SHA512_Init(_context) : SHA256_Init(_context));
    }

    ~OpenSslSha2() => Dispose(false);

    public static bool IsSupported { get; } = Probe();

    int WordSize => _wide ? 8 : 4;

    public override void Append(ReadOnlySpan<byte> data)
    {
        ObjectDisposedException.ThrowIf(_context is null, this);
        fixed (byte* p = data)
            Check(_wide ? SHA512_Update(_context, p, (nuint)data.Length) : SHA256_Update(_context, p, (nuint)data.Length));
    }

    public override Digest Finish()
    {
        ObjectDisposedException.ThrowIf(_context is null, this);
        Span<byte> hash = stackalloc byte[Algorithm.Size];
        fixed (byte* p = hash) Check(_wide ? SHA512_Final(p, _context) : SHA256_Final(p, _context));
        return new Digest(Algorithm, hash);
    }

    protected internal override Sha2State Save()
    {
        ObjectDisposedException.ThrowIf(_context is null, this);
        var chain = new ulong[8];
        for (var i = 0; i < 8; i++) chain[i] = ReadWord(i);
        var bits = _wide ? ((UInt128)ReadWord(9) << 64) | ReadWord(8) : (ReadWord(9) << 32) | ReadWord(8);
        var length = (ulong)(bits / 8);
        var pending = new Span<byte>(_context + 10 * WordSize, (int)(length % (ulong)Sha2State.BlockSize(Algorithm)));
        return new Sha2State(chain, length, pending.ToArray());
    }

    protected internal override void Import(Sha2State state)
    {
        for (var i = 0; i < 8; i++) WriteWord(i, state.Chain[i]);
        var bits = (UInt128)state.Length * 8;
        WriteWord(8, _wide ? (ulong)bits : (uint)bits);
        WriteWord(9, _wide ? (ulong)(bits >> 64) : (ulong)(uint)(bits >> 32));
        state.Pending.CopyTo(new Span<byte>(_context + 10 * WordSize, Sha2State.BlockSize(Algorithm)));
        *(uint*)(_context + 10 * WordSize + Sha2State.BlockSize(Algorithm)) = (uint)state.Pending.Length;
    }

    protected override void Dispose(bool disposing)
    {
        NativeMemory.Free(_context);
        _context = null;
        base.Dispose(disposing);
    }

    ulong ReadWord(int index) => _wide ? ((ulong*)_context)[index] : ((uint*)_context)[index];

    void WriteWord(int index, ulong value)
    {
        if (_wide) ((ulong*)_context)[index] = value;
        else ((uint*)_context)[index] = (uint)value;
    }

    static void Check(int result)
    {
        if (result != 1) throw new InvalidOperationException("OpenSSL failed to compute a digest.");
    }

    /// <summary>Tests that OpenSSL can hash, export, resume and finish in both algorithms, with the hash that .NET computes.</summary>
    static bool Probe()
    {
        if (!OperatingSystem.IsLinux() || !NativeLibrary.TryLoad(Library, out var handle)) return false;
        if (!NativeLibrary.TryGetExport(handle, nameof(SHA512_Update), out _)) return false;
        var sample = new byte[300];
        Random.Shared.NextBytes(sample);
        foreach (var algorithm in new[] { DigestAlgorithm.Sha256, DigestAlgorithm.Sha512 })
        {
            using var first = new OpenSslSha2(algorithm);
            first.Append(sample.AsSpan(0, 151));
            using var second = new OpenSslSha2(algorithm);
            second.Import(Sha2State.Read(algorithm, first.Export()));
            second.Append(sample.AsSpan(151));
            if (second.Finish() != algorithm.Of(sample)) return false;
        }
        return true;
    }

    const string Library = "libcrypto.so.3";

    [LibraryImport(Library)] private static partial int SHA256_Init(byte* context);

    [LibraryImport(Library)] private static partial int SHA256_Update(byte* context, byte* data, nuint length);

    [LibraryImport(Library)] private static partial int SHA256_Final(byte* hash, byte* context);

    [LibraryImport(Library)] private static partial int SHA512_Init(byte* context);

    [LibraryImport(Library)] private static partial int SHA512_Update(byte* context, byte* data, nuint length);

    [LibraryImport(Library)] private static partial int SHA512_Final(byte* hash, byte* context);
}
