using Registry.Oci;

namespace Registry.Hashing;

/// <summary>
/// A SHA-2 digest of a stream whose state can be exported in between. Another process on another machine can resume it, so no byte
/// of an upload is ever read back.
/// </summary>
/// <remarks>
/// The hash classes of .NET do not expose their state. OpenSSL's contexts do, and are as fast as the machine allows. Where OpenSSL is
/// not available (<see cref="OpenSslSha2.IsSupported"/>), a portable implementation is used. Both export the same state:
/// FIPS 180-4's chaining value, the number of bytes, and the bytes of the block that is not yet full.
/// </remarks>
public abstract class RunningDigest(DigestAlgorithm algorithm) : IDisposable
{
    public DigestAlgorithm Algorithm { get; } = algorithm;

    /// <summary>Starts or resumes a digest.</summary>
    /// <param name="algorithm">Algorithm of the digest.</param>
    /// <param name="state">State from <see cref="Export"/>, of the same algorithm; empty to start.</param>
    public static RunningDigest Create(DigestAlgorithm algorithm, ReadOnlySpan<byte> state = default)
    {
        RunningDigest digest = OpenSslSha2.IsSupported ? new OpenSslSha2(algorithm) : new PortableSha2(algorithm);
        if (!state.IsEmpty) digest.Import(Sha2State.Read(algorithm, state));
        return digest;
    }

    public abstract void Append(ReadOnlySpan<byte> data);

    /// <summary>The state after the bytes appended so far, for <see cref="Create"/>: 40 to 210 bytes.</summary>
    public byte[] Export() => Save().Write(Algorithm);

    /// <summary>The digest of the appended bytes. Nothing can be appended afterwards.</summary>
    public abstract Digest Finish();

    protected internal abstract void Import(Sha2State state);

    protected internal abstract Sha2State Save();

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
