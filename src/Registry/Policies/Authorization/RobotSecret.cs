using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Registry.Policies;

/// <summary>Secrets of robots. The registry generates them, so they cannot be guessed; the policy contains only hashes.</summary>
/// <remarks>
/// A secret is 256 random bits, so a plain SHA-256 does not reveal it: slow hashes protect passwords that people choose. The prefix
/// lets secret scanners find a leaked one.
/// </remarks>
public static class RobotSecret
{
    public const string Prefix = "regsec_";
    const string HashPrefix = "sha256:";
    const int Size = 32;

    static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));

    /// <summary>The hash of a secret, as the policy contains it.</summary>
    public static string Hash(string secret) => HashPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    internal static bool IsHash(string text) =>
        text.Length == HashPrefix.Length + 2 * SHA256.HashSizeInBytes
        && text.StartsWith(HashPrefix, StringComparison.Ordinal)
        && text.AsSpan(HashPrefix.Length).IndexOfAnyExcept(s_digits) < 0;
}
