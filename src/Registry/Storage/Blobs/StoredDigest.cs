using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// What there is of one digest, as <see cref="DigestInventory"/> reads it. What of it stays in
/// memory is for who reads to say: there may be many owners.
/// </summary>
abstract class StoredDigest(Digest digest)
{
    public Digest Digest => digest;

    /// <summary>The row that says which object is the blob; null when there is none. It comes first.</summary>
    public TableEntity? Content { get; set; }

    /// <summary>A repository that links the content; they come behind the content, which was read before them.</summary>
    public abstract void AddOwner(TableEntity row);

    /// <summary>An object with the name of the digest; they come last.</summary>
    public abstract void AddObject(BlobItem item);
}
