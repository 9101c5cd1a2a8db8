using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>A session as a request names it.</summary>
/// <param name="Name">Its repository.</param>
/// <param name="Id">The UUID in its location.</param>
/// <param name="Token">What its location carried; null when the caller may push anyway.</param>
public readonly record struct SessionReference(RepositoryName Name, Guid Id, string? Token = null);

/// <summary>
/// Tokens that open one upload session for some minutes, on any host of the registry: for those that follow its location to
/// a host that they have no credentials for.
/// </summary>
/// <remarks>
/// A token is a time and its HMAC-SHA256 under a key that lies in the session's own row, which every request reads anyway.
/// So hosts share no secret other than the storage, nothing is rotated, and a token ends with its session.
/// </remarks>
public sealed class SessionTokens(TimeProvider time, IOptions<RegistryOptions> options)
{
    const int TimeSize = sizeof(long);
    const int Size = TimeSize + HMACSHA256.HashSizeInBytes;

    internal static byte[] NewKey() => RandomNumberGenerator.GetBytes(HMACSHA256.HashSizeInBytes);

    internal string Create(RepositoryName name, UploadSession session)
    {
        Span<byte> token = stackalloc byte[Size];
        var expires = (time.GetUtcNow() + options.Value.Uploads.TokenLifetime).ToUnixTimeSeconds();
        BinaryPrimitives.WriteInt64BigEndian(token, expires);
        Sign(name, session, expires, token[TimeSize..]);
        return Base64Url.EncodeToString(token);
    }

    internal bool Accepts(RepositoryName name, UploadSession session, string text)
    {
        Span<byte> token = stackalloc byte[Size];
        if (Base64Url.DecodeFromChars(text, token, out _, out var length) != OperationStatus.Done || length != Size) return false;
        Span<byte> expected = stackalloc byte[HMACSHA256.HashSizeInBytes];
        var expires = BinaryPrimitives.ReadInt64BigEndian(token);
        Sign(name, session, expires, expected);
        return CryptographicOperations.FixedTimeEquals(expected, token[TimeSize..]) && time.GetUtcNow().ToUnixTimeSeconds() < expires;
    }

    static void Sign(RepositoryName name, UploadSession session, long expires, Span<byte> signature) =>
        HMACSHA256.HashData(session.Key, Encoding.UTF8.GetBytes($"upload {name} {session.Id:D} {expires}"), signature);
}
