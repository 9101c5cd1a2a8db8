using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Content that a stored manifest pins: a blob or another manifest of its repository.</summary>
readonly record struct PinnedReference(Digest Digest, bool IsManifest)
{
    /// <summary>The row that is there as long as the content is: <c>m:</c> or <c>b:</c>.</summary>
    public string Key => IsManifest ? Layout.Manifest(Digest) : Layout.Link(Digest);

    /// <summary>Part of a transaction that is done only while the content is there. A collector that would take it must look again.</summary>
    public TableTransactionAction Touch(Partition repository) => IsManifest
        ? Partition.Touch(repository.Row(Key))
        : BlobStore.TouchLink(repository, Digest);
}
