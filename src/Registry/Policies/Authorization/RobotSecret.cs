using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace Registry.Policies;

/// <summary>Secrets of robots. The registry makes them, so that they cannot be guessed; the policy holds only their hashes.</summary>
/// <remarks>
/// A secret is 256 random bits, so its plain SHA-256 tells nothing of it: slow hashes protect what
/// people think up. The prefix lets scanners of source code find one that got lost.
/// </remarks>
public static class RobotSecret
{
    public const string Prefix = "regsec_";
    const string HashPrefix = "sha256:";
    const int Size = 32;

    static readonly SearchValues<char> s_digits = SearchValues.Create("0123456789abcdef");

    public static string Create() => Prefix + Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(Size));

    /// <summary>What stands in the policy.</summary>
    public static string Hash(string secret) => HashPrefix + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(secret)));

    internal static bool IsHash(string text) =>
        text.Length == HashPrefix.Length + 2 * SHA256.HashSizeInBytes
        && text.StartsWith(HashPrefix, StringComparison.Ordinal)
        && text.AsSpan(HashPrefix.Length).IndexOfAnyExcept(s_digits) < 0;
}
