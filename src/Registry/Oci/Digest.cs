using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Registry.Oci;

/// <summary>The digest of some content, such as <c>sha256:44136fa…</c>. Two are equal when their algorithms and hashes are.</summary>
/// <remarks>Image spec, descriptor.md, "Digests": lowercase hex, of exactly the length of the algorithm's hash.</remarks>
public sealed record Digest
{
    public const string Grammar = "'sha256:' and 64 lowercase hex digits, or 'sha512:' and 128";

    static readonly SearchValues<char> s_lowercaseHex = SearchValues.Create("0123456789abcdef");

    readonly string _text;

    Digest(DigestAlgorithm algorithm, string text) => (Algorithm, _text) = (algorithm, text);

    public Digest(DigestAlgorithm algorithm, ReadOnlySpan<byte> hash)
        : this(algorithm, $"{algorithm.Name}:{Convert.ToHexStringLower(hash)}")
    {
    }

    public DigestAlgorithm Algorithm { get; }

    /// <summary>The hash in lowercase hex, without the algorithm.</summary>
    public ReadOnlySpan<char> Hex => _text.AsSpan(Algorithm.Name.Length + 1);

    /// <summary>The bytes of the hash, <see cref="DigestAlgorithm.Size"/> of them.</summary>
    public byte[] ToBytes() => Convert.FromHexString(Hex);

    public static bool TryParse(string? text, [NotNullWhen(true)] out Digest? digest)
    {
        digest = null;
        var colon = text?.IndexOf(':', StringComparison.Ordinal) ?? -1;
        if (colon < 0 || !DigestAlgorithm.TryParse(text![..colon], out var algorithm)) return false;
        var hex = text.AsSpan(colon + 1);
        if (hex.Length != algorithm.Size * 2 || hex.ContainsAnyExcept(s_lowercaseHex)) return false;
        digest = new Digest(algorithm, text);
        return true;
    }

    /// <summary>Parses a digest that the registry itself wrote; for input of clients use <see cref="TryParse"/>.</summary>
    /// <exception cref="FormatException">The text is not a digest.</exception>
    public static Digest Parse(string text) =>
        TryParse(text, out var digest) ? digest : throw new FormatException($"'{text}' is not a digest.");

    public bool Equals(Digest? other) => other is not null && _text == other._text;

    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    public override string ToString() => _text;
}
