using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Reads manifests; <see cref="ManifestWriter"/> writes them, <see cref="ManifestDeleter"/> deletes them.</summary>
public sealed class ManifestStore(StorageAccount account, ManifestCache cache)
{
    /// <summary>Largest manifest in bytes that is stored in its row. A larger one is stored as a blob, which it references.</summary>
    internal const int MaxInlineSize = 256 * 1024;

    static readonly string[] s_headColumns = [Columns.MediaType, Columns.Size];
    static readonly string[] s_tagColumns = [Columns.Digest, Columns.MediaType, Columns.Size];
    static readonly string[] s_bodyColumns = [.. s_headColumns, Columns.Object, .. Columns.ForBytes(Columns.Body, MaxInlineSize)];

    /// <summary>
    /// Reads a manifest. By digest: one transaction. By tag: two, or one when its bytes are cached or not needed.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="reference">Tag or digest.</param>
    /// <param name="withContent">Whether its bytes are needed.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Null when it does not exist.</returns>
    [ProtocolStep(ProtocolStep.ReadTag)]
    public async Task<StoredManifest?> FindAsync(
        RepositoryName name, Reference reference, bool withContent, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        if (reference.Digest is { } wanted) return await ReadAsync(repository, wanted, withContent, cancellationToken);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadSharedAsync(Layout.Tag(reference.Tag!), s_tagColumns, cancellationToken) is not { } tag) return null;
            var digest = tag.GetDigest(Columns.Digest);
            var cached = withContent ? cache.Find(digest) : null;
            if (!withContent || cached is not null) return Describe(tag, digest, cached);
            // A manifest that was deleted in between: the tag then points to another one, or was deleted too. Read the tag again.
            if (await ReadAsync(repository, digest, withContent, cancellationToken) is { } manifest)
                return Describe(tag, digest, manifest.Content);
        }
    }

    [ProtocolStep(ProtocolStep.ReadManifest)]
    async Task<StoredManifest?> ReadAsync(
        Partition repository, Digest digest, bool withContent, CancellationToken cancellationToken)
    {
        var cached = withContent ? cache.Find(digest) : null;
        var columns = withContent && cached is null ? s_bodyColumns : s_headColumns;
        if (await repository.ReadSharedAsync(Layout.Manifest(digest), columns, cancellationToken) is not { } row) return null;
        if (!withContent || cached is not null) return Describe(row, digest, cached);

        var content = await ReadBodyAsync(row, digest, cancellationToken);
        cache.Add(digest, content);
        return Describe(row, digest, content);
    }

    /// <summary>A part of a manifest's bytes: at most two transactions, and no more of an object than the part.</summary>
    /// <returns>Empty when the manifest does not exist.</returns>
    internal async Task<ReadOnlyMemory<byte>> ReadPartAsync(
        RepositoryName name, Digest digest, int start, int length, CancellationToken cancellationToken)
    {
        if (cache.Find(digest) is { } cached) return cached.AsMemory(start, length);
        var repository = account.Repository(name);
        if (await repository.ReadAsync(Layout.Manifest(digest), s_bodyColumns, cancellationToken) is not { } row) return default;
        if (row.GetString(Columns.Object) is not { } id) return row.GetBytes(Columns.Body).AsMemory(start, length);
        var options = new BlobDownloadOptions { Range = new HttpRange(start, length) };
        var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id));
        return (await blob.DownloadContentAsync(options, cancellationToken)).Value.Content.ToMemory();
    }

    /// <summary>The bytes of a manifest, from its row or from the object that the row names.</summary>
    internal async Task<byte[]> ReadBodyAsync(TableEntity row, Digest digest, CancellationToken cancellationToken)
    {
        if (row.GetString(Columns.Object) is not { } id) return row.GetBytes(Columns.Body);
        var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id));
        return (await blob.DownloadContentAsync(cancellationToken)).Value.Content.ToArray();
    }

    static StoredManifest Describe(TableEntity row, Digest digest, ReadOnlyMemory<byte> content) =>
        new(digest, row.GetString(Columns.MediaType), row.GetSize(), content);
}
