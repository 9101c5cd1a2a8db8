using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Looks at the object that counts as a blob.</summary>
sealed class ContentExaminer(CheckContext context)
{
    /// <param name="digest">Of the blob.</param>
    /// <param name="readBytes">Whether its bytes are to be read, too.</param>
    /// <param name="cancellationToken">Ends it.</param>
    public async Task<IReadOnlyList<Problem>> ExamineAsync(Digest digest, bool readBytes, CancellationToken cancellationToken)
    {
        var partition = context.Account.Digest(digest);
        if (await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken) is not { } content) return [];
        var counts = StoredObject.NamedBy(content);
        var length = counts is null ? null : await context.Objects.FindLengthAsync(digest, counts.Value.Id, cancellationToken);
        var isRight = length is not null && length == counts?.Length;
        if (isRight && !readBytes) return [];
        var verified = length is null ? null : await context.Objects.VerifyAsync(digest, counts!.Value.Id, cancellationToken);
        if (isRight && verified is { IsRight: true }) return [];

        var right = verified is { IsRight: true } it
            ? new StoredObject(counts!.Value.Id, it.Length)
            : await context.Objects.FindAsync(digest, first: null, cancellationToken);
        if (StoredObject.NamedBy(await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken)) != counts) return [];

        var kind = length is null ? FindingKind.ObjectMissing
            : verified is { IsRight: true } ? FindingKind.ObjectLength
            : FindingKind.ObjectCorrupt;
        var row = counts is null ? digest.ToString() : Layout.BlobObject(digest, counts.Value.Id);
        var message = kind switch
        {
            FindingKind.ObjectMissing => "it counts as the blob, but is not there",
            FindingKind.ObjectLength => $"it has {verified!.Value.Length} bytes, but its row says {counts!.Value.Length}",
            _ => $"its bytes are not those of {digest}",
        };
        if (right is { } found)
        {
            var instead = partition.Row(Layout.ContentRow);
            instead[Columns.Object] = found.Id;
            instead[Columns.Size] = found.Length;
            return
            [
                new(
                    new Finding(kind, null, row, message, $"let object {found.Id} of {found.Length} bytes count"),
                    cancel => partition.SubmitAsync([Partition.Replace(instead, content.ETag)], cancel)),
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
                    "let nothing count as this blob, and take away the links to it, so that clients push it again"),
                cancel => partition.SubmitAsync([partition.Delete(Layout.ContentRow, content.ETag)], cancel)),
        ];
    }
}
