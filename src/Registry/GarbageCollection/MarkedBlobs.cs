using System.Globalization;
using Registry.Oci;

namespace Registry.GarbageCollection;

/// <summary>
/// The blobs that manifests of one repository reference, in one range of digests. Memory is bounded: when the marks exceed the
/// capacity, the range is halved, and the caller continues with the next range.
/// </summary>
/// <remarks>
/// Of each digest 63 bits are kept, in the order of its text. If the digests of two blobs agree in them, both are kept, which is
/// safe.
/// </remarks>
sealed class MarkedBlobs(ulong from, int capacity)
{
    /// <summary>Capacity in digests: about 20 MiB, and as much again if all of them are referenced by deleted manifests only.</summary>
    public const int DefaultCapacity = 1_000_000;

    readonly HashSet<ulong> _marks = [];
    readonly HashSet<ulong> _forUndo = [];

    /// <summary>The last position in the range.</summary>
    public ulong To { get; private set; } = ulong.MaxValue;

    /// <summary>Marks a blob.</summary>
    /// <param name="digest">Digest of the blob.</param>
    /// <param name="forUndo">Whether a deleted manifest references it; what other manifests reference must be marked before.</param>
    public void Add(Digest digest, bool forUndo)
    {
        var position = PositionOf(digest);
        if (position < from || position > To || !_marks.Add(position)) return;
        if (forUndo) _forUndo.Add(position);
        if (_marks.Count <= capacity) return;
        // Digests are distributed evenly, so half of the range has half of them.
        To = from + ((To - from) / 2);
        _marks.RemoveWhere(mark => mark > To);
        _forUndo.RemoveWhere(mark => mark > To);
    }

    public bool Contains(Digest digest) => _marks.Contains(PositionOf(digest));

    /// <summary>Whether only deleted manifests reference it.</summary>
    public bool IsOnlyForUndo(Digest digest) => _forUndo.Contains(PositionOf(digest));

    /// <summary>Position of a digest in the order of texts: SHA-256 before SHA-512.</summary>
    public static ulong PositionOf(Digest digest)
    {
        var bits = ulong.Parse(digest.Hex[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> 1;
        return digest.Algorithm == DigestAlgorithm.Sha512 ? bits | (1UL << 63) : bits;
    }

    /// <summary>A text that precedes all digests from this position on.</summary>
    public static string TextBefore(ulong position)
    {
        var algorithm = position >> 63 == 0 ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha512;
        return $"{algorithm.Name}:{(position << 1).ToString("x16", CultureInfo.InvariantCulture)}";
    }
}
