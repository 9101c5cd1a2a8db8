using Azure;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Writes and deletes objects. An existing object is never overwritten.</summary>
static class ObjectWriter
{
    /// <summary>Metadata with the object's digest. The tables can be rebuilt from it, and racing writers compare it.</summary>
    public const string DigestMetadata = "digest";

    /// <summary>Metadata of an empty object that was committed only to discard staged blocks.</summary>
    const string DiscardedMetadata = "discarded";

    /// <summary>
    /// Whether a listed object is committed, which the storage's list does not state. If not, its blocks may be committed at any time.
    /// </summary>
    public static bool IsCommitted(BlobItem item) =>
        item.Metadata?.ContainsKey(DigestMetadata) == true || item.Metadata?.ContainsKey(DiscardedMetadata) == true;

    static BlobRequestConditions IfNew => new() { IfNoneMatch = ETag.All };

    /// <summary>Writes bytes that are in memory under a unique name: one transaction.</summary>
    [ProtocolStep(ProtocolStep.CommitObject)]
    public static async Task PutAsync(BlockBlobClient blob, Stream content, Digest digest, CancellationToken cancellationToken)
    {
        var options = new BlobUploadOptions
        {
            Conditions = IfNew,
            Metadata = new Dictionary<string, string> { [DigestMetadata] = digest.ToString() },
            // Content that is not below this limit would be sent as a block and a block list: two transactions.
            TransferOptions = new() { InitialTransferSize = content.Length + 1 },
        };
        try
        {
            await blob.UploadAsync(content, options, cancellationToken);
        }
        catch (RequestFailedException e) when (e.Status == 409 && e.ErrorCode == BlobErrorCode.BlobAlreadyExists)
        {
            // The name is unique to this write: the SDK retried a write whose answer was lost.
        }
    }

    /// <summary>Commits staged blocks as an object: one transaction, two when the object exists.</summary>
    /// <returns>
    /// The object that exists now, committed by this request or by an earlier one; null when the blocks or that object were deleted.
    /// </returns>
    [ProtocolStep(ProtocolStep.CommitObject)]
    [ProtocolStep(ProtocolStep.CommitStaged)]
    public static async Task<CommittedObject?> CommitAsync(
        BlockBlobClient blob, IEnumerable<string> blocks, Digest digest, CancellationToken cancellationToken)
    {
        var options = new CommitBlockListOptions
        {
            Conditions = IfNew,
            Metadata = new Dictionary<string, string> { [DigestMetadata] = digest.ToString() },
        };
        try
        {
            await blob.CommitBlockListAsync(blocks, options, cancellationToken);
            return new CommittedObject(digest, TimeSpan.Zero);
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412 || e.ErrorCode == BlobErrorCode.InvalidBlockList)
        {
            // The object exists; its commit also discarded the blocks that it did not name.
            return await FindAsync(blob, cancellationToken);
        }
    }

    /// <summary>Deletes a committed object. Its name is never used again.</summary>
    public static Task DeleteAsync(BlockBlobClient blob, CancellationToken cancellationToken) =>
        blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>
    /// Discards uncommitted blocks. The only way that the storage offers is to commit an empty list of blocks and delete the object. A
    /// request that commits the blocks at the same time either succeeds, or finds them discarded.
    /// </summary>
    /// <returns>Whether nothing remains; false when the blocks have been committed.</returns>
    public static async Task<bool> DiscardUncommittedAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var options = new CommitBlockListOptions
            {
                Conditions = IfNew,
                Metadata = new Dictionary<string, string> { [DiscardedMetadata] = "true" },
            };
            var empty = await blob.CommitBlockListAsync([], options, cancellationToken);
            var unchanged = new BlobRequestConditions { IfMatch = empty.Value.ETag };
            await blob.DeleteIfExistsAsync(conditions: unchanged, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Deletes an object that is no longer used, whether it is committed or only staged.</summary>
    public static async Task DiscardAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        if (await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken)) return;
        // If it was committed in between, or by this request, whose answer was lost, delete it.
        if (!await DiscardUncommittedAsync(blob, cancellationToken)) await DeleteAsync(blob, cancellationToken);
    }

    static async Task<CommittedObject?> FindAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            var now = properties.GetRawResponse().Headers.Date
                ?? throw new InvalidOperationException("The storage's response has no Date header.");
            // An object without a digest was committed to discard blocks, and is about to be deleted.
            return properties.Value.Metadata.TryGetValue(DigestMetadata, out var digest)
                ? new CommittedObject(Digest.Parse(digest), now - properties.Value.LastModified)
                : null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }
}

/// <summary>A committed object: the digest of its content, and its age by the storage's clock.</summary>
readonly record struct CommittedObject(Digest Digest, TimeSpan Age);
