using System.Runtime.InteropServices;
using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Writes objects once: a name that exists is never overwritten.</summary>
static class ObjectWriter
{
    /// <summary>The digest of an object, kept with it: so that the tables can be rebuilt, and writers that meet know each other.</summary>
    public const string DigestMetadata = "digest";

    static BlobRequestConditions IfNew => new() { IfNoneMatch = ETag.All };

    /// <summary>Writes bytes that are in memory under a name that no one else uses: one transaction.</summary>
    public static async Task PutAsync(BlockBlobClient blob, ReadOnlyMemory<byte> content, Digest digest, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = IfNew,
            Metadata = new Dictionary<string, string> { [DigestMetadata] = digest.ToString() },
            // What is not below the limit goes as a block and a block list.
            TransferOptions = new() { InitialTransferSize = content.Length + 1 },
        };
        try
        {
            using var stream = AsStream(content);
            await blob.UploadAsync(stream, options, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 409 && e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The name is ours alone: the SDK repeated a write whose answer was lost.
        }
    }

    /// <summary>Makes an object of blocks that were staged: one transaction, two when it was there.</summary>
    /// <returns>The digest of the object that is there now, ours or that of one who was faster; null when that one is gone again.</returns>
    public static async Task<Digest?> CommitAsync(BlockBlobClient blob, IEnumerable<string> blocks, Digest digest, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions
        {
            Conditions = IfNew,
            Metadata = new Dictionary<string, string> { [DigestMetadata] = digest.ToString() },
        };
        try
        {
            await blob.CommitBlockListAsync(blocks, options, cancellationToken);
            return digest;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412 || e.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // There already; its commit also discarded the blocks that it did not name.
            return await ReadDigestAsync(blob, cancellationToken);
        }
    }

    /// <summary>Deletes an object; or, where blocks were staged and never committed, throws those away, for the storage has no other way to.</summary>
    public static async Task DiscardAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        if (await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken)) return;
        try
        {
            await blob.CommitBlockListAsync([], new CommitBlockListOptions { Conditions = IfNew }, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            // Committed in between, or by this request, whose answer was lost.
        }
        await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);
    }

    static async Task<Digest?> ReadDigestAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var there = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            return Digest.Parse(there.Value.Metadata[DigestMetadata]);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    static MemoryStream AsStream(ReadOnlyMemory<byte> content) =>
        MemoryMarshal.TryGetArray(content, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
}
