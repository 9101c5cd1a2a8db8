using System.Globalization;
using Registry.Oci;

namespace Registry.GarbageCollection;

/// <summary>
/// The blobs that manifests of one repository need, as far as their digests lie in one range: so many of them as fit into a
/// bounded memory. Who needs more goes on with the next range.
/// </summary>
/// <remarks>
/// Of a digest 63 bits are kept, in the order of its text. Two blobs whose digests agree in them would be kept both: nothing is
/// lost by that.
/// </remarks>
sealed class MarkedBlobs(ulong from, int capacity)
{
    /// <summary>Of this many digests: some 20 MiB, and as much again if all of them were deleted.</summary>
    public const int DefaultCapacity = 1_000_000;

    readonly HashSet<ulong> _marks = [];
    readonly HashSet<ulong> _forUndo = [];

    /// <summary>The last position that belongs to the range.</summary>
    public ulong To { get; private set; } = ulong.MaxValue;

    /// <summary>Marks a blob.</summary>
    /// <param name="digest">Of it.</param>
    /// <param name="forUndo">Whether a deleted manifest needs it; those of the others are marked before.</param>
    public void Add(Digest digest, bool forUndo)
    {
        var position = PositionOf(digest);
        if (position < from || position > To || !_marks.Add(position)) return;
        if (forUndo) _forUndo.Add(position);
        if (_marks.Count <= capacity) return;
        // Digests are spread evenly, so half of the range is half of them.
        To = from + ((To - from) / 2);
        _marks.RemoveWhere(mark => mark > To);
        _forUndo.RemoveWhere(mark => mark > To);
    }

    public bool Contains(Digest digest) => _marks.Contains(PositionOf(digest));

    /// <summary>Whether only deleted manifests need it.</summary>
    public bool IsOnlyForUndo(Digest digest) => _forUndo.Contains(PositionOf(digest));

    /// <summary>Where a digest stands among all: SHA-256 before SHA-512, as their texts are ordered.</summary>
    public static ulong PositionOf(Digest digest)
    {
        var bits = ulong.Parse(digest.Hex[..16], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> 1;
        return digest.Algorithm == DigestAlgorithm.Sha512 ? bits | (1UL << 63) : bits;
    }

    /// <summary>A text behind which all digests from this position on stand.</summary>
    public static string TextBefore(ulong position)
    {
        var algorithm = position >> 63 == 0 ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha512;
        return $"{algorithm.Name}:{(position << 1).ToString("x16", CultureInfo.InvariantCulture)}";
    }
}
