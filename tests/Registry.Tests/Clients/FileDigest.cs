using System.Security.Cryptography;

namespace Registry.Tests.Clients;

/// <summary>Digests of files that do not fit into memory.</summary>
static class FileDigest
{
    public static string Of(string file)
    {
        using var stream = File.OpenRead(file);
        return $"sha256:{Convert.ToHexStringLower(SHA256.HashData(stream))}";
    }

    /// <summary>Writes a file of random bytes, which cannot be compressed and which no client has cached.</summary>
    public static void WriteRandom(string file, long length)
    {
        using var stream = File.Create(file);
        var buffer = new byte[1 << 20];
        for (var written = 0L; written < length; written += buffer.Length)
        {
            RandomNumberGenerator.Fill(buffer);
            stream.Write(buffer.AsSpan(0, (int)Math.Min(buffer.Length, length - written)));
        }
    }
}
