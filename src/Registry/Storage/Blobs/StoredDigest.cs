using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// The rows and objects of one digest, as <see cref="DigestInventory"/> reads them. A subclass decides what stays in memory, since
/// a digest may have many owners.
/// </summary>
abstract class StoredDigest(Digest digest)
{
    public Digest Digest => digest;

    /// <summary>The content row, which names the object that is the blob; null when there is none. It is read first.</summary>
    public TableEntity? Content { get; set; }

    /// <summary>Receives the owner row of a repository; owners are read after the content row.</summary>
    public abstract void AddOwner(TableEntity row);

    /// <summary>Receives an object of the digest; objects are read last.</summary>
    public abstract void AddObject(BlobItem item);
}
