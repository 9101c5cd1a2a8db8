using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Registry.Oci;

/// <summary>A digest algorithm that the registry accepts: one of the two that the image spec registers.</summary>
/// <param name="Name">Name, as written before the colon of a digest.</param>
/// <param name="Size">Length of a hash in bytes.</param>
/// <remarks>Image spec, descriptor.md, "Registered algorithms".</remarks>
public sealed record DigestAlgorithm(string Name, int Size)
{
    public static readonly DigestAlgorithm Sha256 = new("sha256", SHA256.HashSizeInBytes);
    public static readonly DigestAlgorithm Sha512 = new("sha512", SHA512.HashSizeInBytes);

    public HashAlgorithmName HashName => this == Sha256 ? HashAlgorithmName.SHA256 : HashAlgorithmName.SHA512;

    public static bool TryParse(string? name, [NotNullWhen(true)] out DigestAlgorithm? algorithm)
    {
        algorithm = name == Sha256.Name ? Sha256 : name == Sha512.Name ? Sha512 : null;
        return algorithm is not null;
    }

    /// <summary>Parses a name that the registry itself wrote; for input of clients use <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">The text is not the name of an algorithm.</exception>
    public static DigestAlgorithm Parse(string name) =>
        TryParse(name, out var algorithm) ? algorithm : throw new FormatException($"'{name}' is not a digest algorithm.");

    public Digest Of(ReadOnlySpan<byte> content)
    {
        Span<byte> hash = stackalloc byte[Size];
        CryptographicOperations.HashData(HashName, content, hash);
        return new Digest(this, hash);
    }

    public override string ToString() => Name;
}
