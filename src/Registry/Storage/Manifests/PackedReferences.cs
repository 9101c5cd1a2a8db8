using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The references of a manifest, packed as bytes in its row: for each one byte for its kind, then its digest.</summary>
/// <remarks>64 KiB contain some 1,980 references; as text, which Azure stores in UTF-16, they would contain 450 digests.</remarks>
static class PackedReferences
{
    const byte Sha512 = 1;
    const byte IsManifest = 2;
    const byte IsOptional = 4;

    /// <summary>A reference of unknown kind is written as a manifest and as a blob.</summary>
    public static readonly int MaxSize = (Manifest.MaxReferences + Manifest.MaxLookups) * (1 + DigestAlgorithm.Sha512.Size);

    public static void Write(TableEntity row, IReadOnlyCollection<PinnedReference> references)
    {
        using var bytes = new MemoryStream();
        foreach (var reference in references)
        {
            var algorithm = reference.Digest.Algorithm == DigestAlgorithm.Sha512 ? Sha512 : 0;
            bytes.WriteByte((byte)(algorithm | (reference.IsManifest ? IsManifest : 0) | (reference.IsOptional ? IsOptional : 0)));
            bytes.Write(reference.Digest.ToBytes());
        }
        row.SetBytes(Columns.References, bytes.ToArray());
    }

    public static bool ContainsBlob(TableEntity row, Digest digest)
    {
        var wanted = digest.ToBytes();
        ReadOnlySpan<byte> rest = row.GetBytes(Columns.References);
        while (!rest.IsEmpty)
        {
            var hash = Next(ref rest, out var kind);
            if ((kind & IsManifest) == 0 && hash.SequenceEqual(wanted)) return true;
        }
        return false;
    }

    /// <exception cref="InvalidDataException">The row is damaged.</exception>
    public static List<PinnedReference> Read(TableEntity row) => TryRead(row.GetBytes(Columns.References))
        ?? throw new InvalidDataException($"The references of row {row.RowKey} of {row.PartitionKey} cannot be read.");

    /// <summary>Reads bytes that may be damaged; null when they cannot be read.</summary>
    public static List<PinnedReference>? TryRead(ReadOnlySpan<byte> bytes)
    {
        var references = new List<PinnedReference>();
        while (!bytes.IsEmpty)
        {
            if (bytes[0] > (Sha512 | IsManifest | IsOptional) || bytes.Length < 1 + AlgorithmOf(bytes[0]).Size) return null;
            var hash = Next(ref bytes, out var kind);
            references.Add(new(new Digest(AlgorithmOf(kind), hash), (kind & IsManifest) != 0, (kind & IsOptional) != 0));
        }
        return references;
    }

    static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest, out byte kind)
    {
        kind = rest[0];
        var size = AlgorithmOf(kind).Size;
        var hash = rest.Slice(1, size);
        rest = rest[(1 + size)..];
        return hash;
    }

    static DigestAlgorithm AlgorithmOf(byte kind) => (kind & Sha512) != 0 ? DigestAlgorithm.Sha512 : DigestAlgorithm.Sha256;
}
