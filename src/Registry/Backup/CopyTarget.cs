using Registry.Storage;

namespace Registry.Backup;

/// <summary>A registry that is written to by the ways of a registry: uploaded to, linked in and deleted from, so that others may be at work there, too.</summary>
public sealed class CopyTarget(StorageAccount account, CatalogStore catalog, BlobStore blobs, UploadFinisher uploads, ManifestDeleter deleter)
{
    internal StorageAccount Account => account;

    internal CatalogStore Catalog => catalog;

    internal BlobStore Blobs => blobs;

    internal UploadFinisher Uploads => uploads;

    internal ManifestDeleter Deleter => deleter;
}
