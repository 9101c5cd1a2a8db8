using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Registry.Integrity;

/// <summary>
/// Which keys a repository has, in bounded memory: 16 bytes of SHA-256 for each. What is more than fits is looked at slice by
/// slice, each of which has the keys whose hashes fall into it.
/// </summary>
/// <param name="capacity">Keys held at once.</param>
sealed class KeySet(int capacity)
{
    /// <summary>32 MiB, and a million rows or two in one repository.</summary>
    public const int DefaultCapacity = 2 * 1024 * 1024;

    readonly List<UInt128> _keys = [];
    readonly HashSet<UInt128> _removed = [];
    int _slice;
    bool _sorted;

    /// <summary>How many there are: known when the first has been filled.</summary>
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
        // The others have their number from the first.
        while (_slice == 0 && _keys.Count > capacity)
        {
            Slices *= 2;
            _keys.RemoveAll(kept => !IsInSlice(kept));
        }
    }

    /// <summary>After all have been added.</summary>
    public void Seal()
    {
        _keys.Sort();
        _sorted = true;
    }

    /// <summary>Whether the key is missing, as far as this slice can tell.</summary>
    public bool Lacks(string key)
    {
        if (!_sorted) throw new InvalidOperationException("Keys are asked for after the last was added.");
        var hash = Hash(key);
        if (!IsInSlice(hash)) return false;
        if (CollectionsMarshal.AsSpan(_keys).BinarySearch(hash) < 0) return true;
        lock (_removed) return _removed.Contains(hash);
    }

    /// <summary>Takes away a key that a repair has taken away.</summary>
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
