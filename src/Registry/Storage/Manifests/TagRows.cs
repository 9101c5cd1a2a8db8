using Azure;
using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// The rows of a tag: <c>t:</c> says which manifest it points to, <c>d:</c> is its place among that manifest's tags. They change together.
/// </summary>
static class TagRows
{
    /// <summary>Its <c>t:</c>.</summary>
    /// <param name="repository">Whose it is.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="digest">Of the manifest that it points to.</param>
    /// <param name="mediaType">Of that manifest; null when it is not known.</param>
    /// <param name="size">Of that manifest, in bytes; null when it is not known.</param>
    /// <param name="pushed">When it was.</param>
    /// <param name="attempt">The id of the write, by which it is known when its answer was lost.</param>
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
    /// Part of a transaction: points a tag to a manifest, if it is as it was read. The manifest's own row must be touched or written in
    /// the same one.
    /// </summary>
    /// <param name="repository">Whose it is.</param>
    /// <param name="tag">Its name.</param>
    /// <param name="row">Its <c>t:</c> as it is to be.</param>
    /// <param name="current">Its <c>t:</c> as it was read; null when it was not there.</param>
    public static IEnumerable<TableTransactionAction> Point(Partition repository, Tag tag, TableEntity row, TableEntity? current)
    {
        var digest = row.GetDigest(Columns.Digest);
        yield return current is null ? Partition.Insert(row) : Partition.Replace(row, current.ETag);
        yield return Partition.Put(repository.Row(Layout.TagOf(digest, tag)));
        if (LeftFor(digest, current) is { } old) yield return repository.Delete(Layout.TagOf(old, tag), ETag.All);
    }

    /// <summary>The manifest that a tag leaves for another one; null for none.</summary>
    /// <param name="digest">Of the other one.</param>
    /// <param name="current">The tag's <c>t:</c> as it was read; null when it was not there.</param>
    public static Digest? LeftFor(Digest digest, TableEntity? current) =>
        current?.GetDigest(Columns.Digest) is { } old && old != digest ? old : null;
}
