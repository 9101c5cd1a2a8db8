using Registry.Storage;

namespace Registry.Backup;

/// <summary>
/// The registry that is copied to. It is written with the operations that requests use, such as uploads, mounts and deletes, so that
/// it may be in use meanwhile.
/// </summary>
public sealed class CopyTarget(
    StorageAccount account, CatalogStore catalog, BlobStore blobs, UploadFinisher uploads, ManifestDeleter deleter)
{
    internal StorageAccount Account => account;

    internal CatalogStore Catalog => catalog;

    internal BlobStore Blobs => blobs;

    internal UploadFinisher Uploads => uploads;

    internal ManifestDeleter Deleter => deleter;
}
