using System.Buffers;
using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Tokens that authorize requests on one upload session for some minutes, at any host of the registry: for clients that follow the
/// session's Location to a host for which they have no credentials.
/// </summary>
/// <remarks>
/// A token is its expiry and an HMAC-SHA256 of it, under a key in the session's own row, which every request reads anyway. So hosts
/// share no secret other than the storage, no key needs rotation, and a token expires with its session.
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
