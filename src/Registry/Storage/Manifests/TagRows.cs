using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Builds the two rows of a tag, which change together: <c>t:</c> names its manifest, <c>d:</c> lists it among that manifest's tags.
/// </summary>
static class TagRows
{
    /// <summary>The tag's row <c>t:</c>.</summary>
    /// <param name="repository">Repository of the tag.</param>
    /// <param name="tag">Name of the tag.</param>
    /// <param name="digest">Digest of the manifest that it points to.</param>
    /// <param name="mediaType">Media type of that manifest; null when it is not known.</param>
    /// <param name="size">Size of that manifest, in bytes; null when it is not known.</param>
    /// <param name="pushed">Time of the push.</param>
    /// <param name="attempt">Id of the write: recognizes a write whose answer was lost.</param>
    public static TableEntity Tag(
        Partition repository, Tag tag, Digest digest, string? mediaType, long? size, DateTimeOffset pushed, string attempt)
    {
        var row = repository.Row(Layout.Tag(tag));
        row[Columns.Digest] = digest.ToString();
        if (mediaType is not null) row[Columns.MediaType] = mediaType;
        if (size is not null) row[Columns.Size] = size.Value;
        row[Columns.Pushed] = pushed;
        row[Columns.Attempt] = attempt;
        return row;
    }

    /// <summary>
    /// The actions that point a tag to a manifest, if the tag is unchanged. The same transaction must touch or write the manifest's own
    /// row.
    /// </summary>
    /// <param name="repository">Repository of the tag.</param>
    /// <param name="tag">Name of the tag.</param>
    /// <param name="row">New row <c>t:</c>.</param>
    /// <param name="current">Row <c>t:</c> as it was read; null when it did not exist.</param>
    public static IEnumerable<TableTransactionAction> Point(Partition repository, Tag tag, TableEntity row, TableEntity? current)
    {
        var digest = row.GetDigest(Columns.Digest);
        yield return current is null ? Partition.Insert(row) : Partition.Replace(row, current.ETag);
        yield return Partition.Put(repository.Row(Layout.TagOf(digest, tag)));
        if (UntaggedBy(digest, current) is { } old) yield return repository.Delete(Layout.TagOf(old, tag), ETag.All);
    }

    /// <summary>The manifest that loses the tag when it moves to another one; null when it does not move.</summary>
    /// <param name="digest">Digest of the manifest that the tag is to point to.</param>
    /// <param name="current">Row <c>t:</c> as it was read; null when it did not exist.</param>
    public static Digest? UntaggedBy(Digest digest, TableEntity? current) =>
        current?.GetDigest(Columns.Digest) is { } old && old != digest ? old : null;
}
