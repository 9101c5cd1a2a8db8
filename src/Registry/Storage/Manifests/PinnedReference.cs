using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Content that a stored manifest pins: a blob or another manifest of its repository.</summary>
/// <param name="Digest">Digest of the content.</param>
/// <param name="IsManifest">Whether it is a manifest.</param>
/// <param name="IsOptional">
/// Whether it was missing when the manifest was pushed. It is not touched, but pinned as soon as it is there: the collector and deletes
/// of blobs read the references of manifests, not when their content was pushed.
/// </param>
readonly record struct PinnedReference(Digest Digest, bool IsManifest, bool IsOptional = false)
{
    /// <summary>Key of the row that exists as long as the content: <c>m:</c> or <c>b:</c>.</summary>
    public string Key => IsManifest ? Layout.Manifest(Digest) : Layout.Link(Digest);

    /// <summary>
    /// An action that fails the transaction if the content is missing. It changes the row's ETag, so that a collector's delete fails.
    /// </summary>
    public TableTransactionAction Touch(Partition repository) => IsManifest
        ? Partition.Touch(repository.Row(Key))
        : BlobStore.TouchLink(repository, Digest);
}
