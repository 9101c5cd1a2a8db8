using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Registry.GarbageCollection;

/// <summary>Links that a pass has seen, in bounded memory: a link that is not in the set may exist nevertheless.</summary>
sealed class SeenLinks
{
    const int Capacity = 1_000_000;

    readonly HashSet<ulong> _keys = [];

    public void Add(string repository, string digest)
    {
        if (_keys.Count < Capacity) _keys.Add(Key(repository, digest));
    }

    public bool Contains(string repository, string digest) => _keys.Contains(Key(repository, digest));

    static ulong Key(string repository, string digest)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{repository} {digest}"), hash);
        return BinaryPrimitives.ReadUInt64BigEndian(hash);
    }
}
