using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Registry.Integrity;

/// <summary>
/// The keys of a repository, in bounded memory: 16 bytes of SHA-256 for each. Keys that exceed the capacity are split by their
/// hashes into slices, and the check runs once for each slice.
/// </summary>
/// <param name="capacity">Number of keys in memory at a time.</param>
sealed class KeySet(int capacity)
{
    /// <summary>Takes 32 MiB, for one to two million rows of one repository.</summary>
    public const int DefaultCapacity = 2 * 1024 * 1024;

    readonly List<UInt128> _keys = [];
    readonly HashSet<UInt128> _removed = [];
    int _slice;
    bool _sorted;

    /// <summary>Number of slices: final when the first slice has been filled.</summary>
    public int Slices { get; private set; } = 1;

    public void Begin(int slice)
    {
        _keys.Clear();
        (_slice, _sorted) = (slice, false);
    }

    public void Add(string key)
    {
        var hash = Hash(key);
        if (!IsInSlice(hash)) return;
        _keys.Add(hash);
        // Only the first slice sets the number of slices.
        while (_slice == 0 && _keys.Count > capacity)
        {
            Slices *= 2;
            _keys.RemoveAll(kept => !IsInSlice(kept));
        }
    }

    /// <summary>Must be called after the last key was added, before <see cref="Lacks"/>.</summary>
    public void Seal()
    {
        _keys.Sort();
        _sorted = true;
    }

    /// <summary>Whether the key belongs to this slice and is missing.</summary>
    public bool Lacks(string key)
    {
        if (!_sorted) throw new InvalidOperationException("Seal must be called before keys are looked up.");
        var hash = Hash(key);
        if (!IsInSlice(hash)) return false;
        if (CollectionsMarshal.AsSpan(_keys).BinarySearch(hash) < 0) return true;
        lock (_removed) return _removed.Contains(hash);
    }

    /// <summary>Removes the key of a row that a repair has deleted.</summary>
    public void Remove(string key)
    {
        lock (_removed) _removed.Add(Hash(key));
    }

    bool IsInSlice(UInt128 hash) => (int)(hash % (uint)Slices) == _slice;

    static UInt128 Hash(string key)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes(key), hash);
        return MemoryMarshal.Read<UInt128>(hash);
    }
}
