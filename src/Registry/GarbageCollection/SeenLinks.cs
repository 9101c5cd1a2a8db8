using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Registry.GarbageCollection;

/// <summary>Names of links that a pass has met, in a bounded memory: what is not in it may be there all the same.</summary>
sealed class SeenLinks
{
    const int Capacity = 1_000_000;

    readonly HashSet<ulong> _met = [];

    public void Add(string repository, string digest)
    {
        if (_met.Count < Capacity) _met.Add(Key(repository, digest));
    }

    public bool Contains(string repository, string digest) => _met.Contains(Key(repository, digest));

    static ulong Key(string repository, string digest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{repository} {digest}"), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
