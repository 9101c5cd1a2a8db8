using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Names of the tables' columns, and storage of bytes that exceed the size limit of one column.</summary>
static class Columns
{
    public const string Annotations = "Annotations";
    public const string AnnotationsLength = "AnnotationsLength";
    public const string AnnotationsStart = "AnnotationsStart";
    public const string ArtifactType = "ArtifactType";
    public const string Attempt = "Attempt";
    public const string Began = "Began";
    public const string Body = "Body";
    public const string DeletedBy = "DeletedBy";
    public const string Bytes = "Bytes";
    public const string Cursor = "Cursor";
    public const string Deleted = "Deleted";
    public const string Algorithm = "Algorithm";
    public const string Blocks = "Blocks";
    public const string Digest = "Digest";
    public const string DigestState = "DigestState";
    public const string Done = "Done";
    public const string MarkedForDeletion = "MarkedForDeletion";
    public const string Finished = "Finished";
    public const string FoldedArtifactType = "FoldedArtifactType";
    public const string Grace = "Grace";
    public const string History = "History";
    public const string KeepDeleted = "KeepDeleted";
    public const string Key = "Key";
    public const string LeaseReleased = "LeaseReleased";
    public const string Manifests = "Manifests";
    public const string Measured = "Measured";
    public const string MediaType = "MediaType";
    public const string Object = "Object";
    public const string Offset = "Offset";
    public const string Phase = "Phase";
    public const string Pulled = "Pulled";
    public const string Pushed = "Pushed";
    public const string Recent = "Recent";
    public const string References = "References";
    public const string Report = "Report";
    public const string Rest = "Rest";
    public const string Restorable = "Restorable";
    public const string Size = "Size";
    public const string Subject = "Subject";
    public const string Unique = "Unique";
    public const string Unreferenced = "Unreferenced";
    public const string Untagged = "Untagged";
    public const string DeletedWith = "DeletedWith";

    /// <summary>Azure's limit on one binary column, in bytes.</summary>
    const int MaxBinary = 64 * 1024;

    /// <summary>Writes bytes as columns <c>name0</c>, <c>name1</c> and so on.</summary>
    public static void SetBytes(this TableEntity row, string name, ReadOnlySpan<byte> bytes)
    {
        for (var i = 0; i * MaxBinary < bytes.Length; i++)
            row[$"{name}{i}"] = bytes[(i * MaxBinary)..Math.Min(bytes.Length, (i + 1) * MaxBinary)].ToArray();
    }

    /// <summary>Reads what <see cref="SetBytes"/> wrote; empty when the columns are missing.</summary>
    public static byte[] GetBytes(this TableEntity row, string name)
    {
        var first = row.GetBinary($"{name}0") ?? [];
        if (first.Length < MaxBinary) return first;
        using var all = new MemoryStream();
        all.Write(first);
        for (var i = 1; row.GetBinary($"{name}{i}") is { } part; i++) all.Write(part);
        return all.ToArray();
    }

    /// <summary>The names of the columns that can contain up to <paramref name="size"/> bytes of <paramref name="name"/>.</summary>
    public static IEnumerable<string> ForBytes(string name, int size) =>
        Enumerable.Range(0, (size + MaxBinary - 1) / MaxBinary).Select(i => $"{name}{i}");

    /// <summary>The columns that the registry wrote: all but the keys and those that the storage adds.</summary>
    public static IEnumerable<KeyValuePair<string, object>> Written(this TableEntity row) =>
        row.Where(column => column.Key is not ("PartitionKey" or "RowKey" or "Timestamp" or "odata.etag"));

    /// <summary>Copies the columns of a row into another.</summary>
    /// <returns><paramref name="other"/>.</returns>
    public static TableEntity CopyTo(this TableEntity row, TableEntity other)
    {
        foreach (var (column, value) in row.Written()) other[column] = value;
        return other;
    }

    public static Digest GetDigest(this TableEntity row, string name) => Oci.Digest.Parse(row.GetString(name));

    public static long GetSize(this TableEntity row) =>
        row.GetInt64(Size) ?? throw new InvalidDataException($"Row {row.RowKey} of {row.PartitionKey} has no size.");
}
