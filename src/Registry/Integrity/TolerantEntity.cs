using System.Diagnostics.CodeAnalysis;
using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Reads columns of rows that may be damaged: null where a column is missing or of another type.</summary>
static class TolerantEntity
{
    public static string? GetText(this TableEntity row, string column) => row.TryGetValue(column, out var value) ? value as string : null;

    public static long? GetLong(this TableEntity row, string column) =>
        row.TryGetValue(column, out var value) ? value switch { long whole => whole, int small => small, _ => null } : null;

    public static byte[] GetBinaries(this TableEntity row, string name)
    {
        using var all = new MemoryStream();
        for (var i = 0; row.TryGetValue($"{name}{i}", out var value) && value is byte[] part; i++) all.Write(part);
        return all.ToArray();
    }

    public static bool TryGetDigest(this TableEntity row, string column, [NotNullWhen(true)] out Digest? digest) =>
        Digest.TryParse(row.GetText(column), out digest);

    /// <summary>The references that a manifest's row pins; null when they cannot be read.</summary>
    public static List<PinnedReference>? GetPinned(this TableEntity row) => PackedReferences.TryRead(row.GetBinaries(Columns.References));

    /// <summary>Parses a key that ends with a digest.</summary>
    public static bool TryParseKey(string key, string prefix, [NotNullWhen(true)] out Digest? digest) =>
        Digest.TryParse(key[prefix.Length..], out digest);

    /// <summary>Parses a key of two parts, a digest and a rest: <c>d:</c> and <c>r:</c>.</summary>
    public static bool TryParsePair(string key, string prefix, [NotNullWhen(true)] out Digest? digest, [NotNullWhen(true)] out string? rest)
    {
        rest = null;
        digest = null;
        var parts = key[prefix.Length..].Split(':', 3);
        if (parts.Length < 3 || !Digest.TryParse($"{parts[0]}:{parts[1]}", out digest)) return false;
        rest = parts[2];
        return true;
    }
}
