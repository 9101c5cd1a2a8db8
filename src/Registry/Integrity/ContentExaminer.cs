using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Examines the object that the content row of a digest names.</summary>
sealed class ContentExaminer(CheckContext context)
{
    /// <param name="digest">Digest of the blob.</param>
    /// <param name="readBytes">Whether to read and hash its bytes.</param>
    /// <param name="cancellationToken">Cancels the examination.</param>
    public async Task<IReadOnlyList<Problem>> ExamineAsync(Digest digest, bool readBytes, CancellationToken cancellationToken)
    {
        var partition = context.Account.Digest(digest);
        if (await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken) is not { } content) return [];
        var current = StoredObject.NamedBy(content);
        var length = current is null ? null : await context.Objects.FindLengthAsync(digest, current.Value.Id, cancellationToken);
        var isIntact = length is not null && length == current?.Length;
        if (isIntact && !readBytes) return [];
        var verified = length is null ? null : await context.Objects.VerifyAsync(digest, current!.Value.Id, cancellationToken);
        if (isIntact && verified is { IsIntact: true }) return [];

        var intact = verified is { IsIntact: true } it
            ? new StoredObject(current!.Value.Id, it.Length)
            : await context.Objects.FindAsync(digest, first: null, cancellationToken);
        if (StoredObject.NamedBy(await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken)) != current) return [];

        var kind = length is null ? FindingKind.ObjectMissing
            : verified is { IsIntact: true } ? FindingKind.ObjectLength
            : FindingKind.ObjectCorrupt;
        var row = current is null ? digest.ToString() : Layout.BlobObject(digest, current.Value.Id);
        var message = kind switch
        {
            FindingKind.ObjectMissing => "the content row names this object, but it does not exist",
            FindingKind.ObjectLength => $"it has {verified!.Value.Length} bytes, but the content row states {current!.Value.Length}",
            _ => $"its bytes do not match {digest}",
        };
        if (intact is { } found)
        {
            var written = partition.Row(Layout.ContentRow);
            written[Columns.Object] = found.Id;
            written[Columns.Size] = found.Length;
            return
            [
                new(
                    new Finding(kind, null, row, message, $"name object {found.Id} of {found.Length} bytes in the content row"),
                    cancel => partition.SubmitAsync([Partition.Replace(written, content.ETag)], cancel)),
            ];
        }
        return
        [
            new(
                new Finding(
                    kind,
                    null,
                    row,
                    message,
                    "delete the content row and the links to it, so that clients push the blob again"),
                cancel => partition.SubmitAsync([partition.Delete(Layout.ContentRow, content.ETag)], cancel)),
        ];
    }
}
