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

    /// <summary>Of an object that was committed only to throw its blocks away.</summary>
    const string DiscardedMetadata = "discarded";

    /// <summary>Whether a listed object was committed; else its blocks may be at any moment. The storage's list does not say.</summary>
    public static bool IsCommitted(BlobItem item) => item.Metadata?.ContainsKey(DigestMetadata) == true || item.Metadata?.ContainsKey(DiscardedMetadata) == true;

    static BlobRequestConditions IfNew => new() { IfNoneMatch = ETag.All };

    /// <summary>Writes bytes that are in memory under a name that no one else uses: one transaction.</summary>
    [ProtocolStep(ProtocolStep.CommitObject)]
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
    /// <returns>The object that is there now, ours or that of one who was faster; null when the blocks or that one are gone.</returns>
    [ProtocolStep(ProtocolStep.CommitObject)]
    [ProtocolStep(ProtocolStep.CommitStaged)]
    public static async Task<CommittedObject?> CommitAsync(BlockBlobClient blob, IEnumerable<string> blocks, Digest digest, CancellationToken cancellationToken)
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
            // There already; its commit also discarded the blocks that it did not name.
            return await FindAsync(blob, cancellationToken);
        }
    }

    /// <summary>Deletes an object that was committed. Its name never returns.</summary>
    public static Task DeleteAsync(BlockBlobClient blob, CancellationToken cancellationToken) => blob.DeleteIfExistsAsync(cancellationToken: cancellationToken);

    /// <summary>
    /// Throws away blocks that were staged and not committed, for which the storage has no other way than to commit none of them. Whoever commits them at this
    /// moment is not hindered, or finds them gone.
    /// </summary>
    /// <returns>Whether nothing is there any more; else they have been committed.</returns>
    public static async Task<bool> DiscardUncommittedAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var options = new CommitBlockListOptions { Conditions = IfNew, Metadata = new Dictionary<string, string> { [DiscardedMetadata] = "true" } };
            var empty = await blob.CommitBlockListAsync([], options, cancellationToken);
            await blob.DeleteIfExistsAsync(conditions: new BlobRequestConditions { IfMatch = empty.Value.ETag }, cancellationToken: cancellationToken);
            return true;
        }
        catch (RequestFailedException e) when (e.Status is 409 or 412)
        {
            return false;
        }
    }

    /// <summary>Both, for what nobody uses any more.</summary>
    public static async Task DiscardAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        if (await blob.DeleteIfExistsAsync(cancellationToken: cancellationToken)) return;
        // Committed in between, or by this request, whose answer was lost.
        if (!await DiscardUncommittedAsync(blob, cancellationToken)) await DeleteAsync(blob, cancellationToken);
    }

    static async Task<CommittedObject?> FindAsync(BlockBlobClient blob, CancellationToken cancellationToken)
    {
        try
        {
            var there = await blob.GetPropertiesAsync(cancellationToken: cancellationToken);
            var now = there.GetRawResponse().Headers.Date ?? throw new InvalidOperationException("The storage's answer has no Date header.");
            // One without a digest was committed to throw blocks away, and is about to go.
            return there.Value.Metadata.TryGetValue(DigestMetadata, out var digest) ? new CommittedObject(Digest.Parse(digest), now - there.Value.LastModified) : null;
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

/// <summary>An object that was committed: what it holds, and how long ago by the storage's clock.</summary>
readonly record struct CommittedObject(Digest Digest, TimeSpan Age);
