using System.Globalization;
using Registry.Oci;

namespace Registry.GarbageCollection;

/// <summary>
/// The blobs that manifests of one repository need, as far as their digests lie in one range: so many of them as fit into a
/// bounded memory. Who needs more goes on with the next range.
/// </summary>
/// <remarks>
/// Of a digest 127 bits are kept, in the order of its text. Two blobs whose digests agree in them would be kept both: nothing is
/// lost by that.
/// </remarks>
sealed class MarkedBlobs(UInt128 from, int capacity)
{
    /// <summary>Of this many digests: some 40 MiB, and as much again if all of them were deleted.</summary>
    public const int DefaultCapacity = 1_000_000;

    readonly HashSet<UInt128> _marks = [];
    readonly HashSet<UInt128> _forUndo = [];

    /// <summary>The last position that belongs to the range.</summary>
    public UInt128 To { get; private set; } = UInt128.MaxValue;

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
    public bool IsForUndoAlone(Digest digest) => _forUndo.Contains(PositionOf(digest));

    /// <summary>Where a digest stands among all: SHA-256 before SHA-512, as their texts are ordered.</summary>
    public static UInt128 PositionOf(Digest digest)
    {
        var bits = UInt128.Parse(digest.Hex[..32], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture) >> 1;
        return digest.Algorithm == DigestAlgorithm.Sha512 ? bits | (UInt128.One << 127) : bits;
    }

    /// <summary>A text behind which all digests from this position on stand.</summary>
    public static string TextBefore(UInt128 position)
    {
        var algorithm = position >> 127 == UInt128.Zero ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha512;
        return $"{algorithm.Name}:{(position << 1).ToString("x32", CultureInfo.InvariantCulture)}";
    }
}
