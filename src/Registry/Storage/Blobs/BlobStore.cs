using System.Runtime.InteropServices;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Blobs: the links of repositories (<c>b:</c>), and the content and its owners (table <c>digests</c>).</summary>
public sealed class BlobStore(StorageAccount account)
{
    static readonly string[] s_linkColumns = [Columns.Object, Columns.Size, Columns.MarkedForDeletion];

    /// <summary>The repository's link to a blob: one transaction, or two when a collector had marked the link for deletion.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Digest of the blob.</param>
    /// <param name="keep">Whether the link must be unmarked, since the caller may skip an upload because of the answer.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Null when the repository does not link it.</returns>
    [ProtocolStep(ProtocolStep.HeadLink)]
    [ProtocolStep(ProtocolStep.UnmarkLinkOnHead)]
    public async Task<BlobLink?> FindAsync(RepositoryName name, Digest digest, bool keep, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        if (await repository.ReadSharedAsync(Layout.Link(digest), s_linkColumns, cancellationToken) is not { } row) return null;
        if (keep && row.GetBoolean(Columns.MarkedForDeletion) == true
            && await repository.SubmitAsync([TouchLink(repository, digest)], cancellationToken) is not null)
        {
            return null;
        }
        return new BlobLink(digest, row.GetString(Columns.Object), row.GetSize());
    }

    /// <summary>Streams a range of a blob, or all of it, from the storage: one transaction.</summary>
    /// <param name="link">The blob.</param>
    /// <param name="offset">Offset of the first byte.</param>
    /// <param name="length">Number of bytes.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    public async Task<Stream> OpenAsync(BlobLink link, long offset, long length, CancellationToken cancellationToken)
    {
        var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(link.Digest, link.ObjectId));
        var options = new BlobDownloadOptions { Range = length == link.Size ? default : new HttpRange(offset, length) };
        var answer = await blob.DownloadStreamingAsync(options, cancellationToken);
        return answer.Value.Content;
    }

    /// <summary>Stores bytes that are in memory as a blob of the repository: three transactions when the content is new.</summary>
    internal async Task<BlobLink> StoreAsync(
        RepositoryName name, Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var id = Layout.NewId();
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        using var stream = MemoryMarshal.TryGetArray(content, out var array)
            ? new MemoryStream(array.Array!, array.Offset, array.Count, writable: false)
            : new MemoryStream(content.ToArray(), writable: false);
        await ObjectWriter.PutAsync(account.BlobObjects.GetBlockBlobClient(Layout.BlobObject(digest, id)), stream, digest, deadline.Token);
        return (await LinkAsync(name, digest, id, content.Length, with: null, deadline))!;
    }

    /// <summary>Links an existing object as a blob of the repository: two transactions when the content is new, else four.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Digest of the content, verified.</param>
    /// <param name="id">Id of the written object. If the content exists in another object, that one is linked instead.</param>
    /// <param name="size">Size of the object in bytes.</param>
    /// <param name="with">A conditional action for the same transaction as the link; null for none.</param>
    /// <param name="deadline">Begun before the object was committed.</param>
    /// <returns>Null when the condition of <paramref name="with"/> failed: then nothing was linked.</returns>
    internal async Task<BlobLink?> LinkAsync(
        RepositoryName name, Digest digest, string id, long size, TableTransactionAction? with, CommitDeadline deadline)
    {
        var link = await OwnAsync(name, digest, new BlobLink(digest, id, size), deadline.Token)
            ?? throw new InvalidOperationException("No content row exists after an object was offered.");
        return await WriteLinkAsync(account.Repository(name), link, with, deadline) ? link : null;
    }

    /// <summary>Links a blob of one repository in another, without copying it: four transactions.</summary>
    /// <param name="from">Repository that links the blob; null for any owner.</param>
    /// <param name="mayRead">Whether the principal may read from a repository.</param>
    /// <param name="to">Repository that gets the link.</param>
    /// <param name="digest">Digest of the blob.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Whether a readable repository links the blob, and the new link was written.</returns>
    public async Task<bool> MountAsync(
        RepositoryName? from, Func<RepositoryName, bool> mayRead, RepositoryName to, Digest digest, CancellationToken cancellationToken)
    {
        if (!await IsLinkedAsync(from, mayRead, digest, cancellationToken)) return false;
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        return await OwnAsync(to, digest, offered: null, deadline.Token) is { } link
            && await WriteLinkAsync(account.Repository(to), link, with: null, deadline);
    }

    /// <returns>Whether the condition of <paramref name="with"/> held.</returns>
    [ProtocolStep(ProtocolStep.LinkBlob)]
    static async Task<bool> WriteLinkAsync(Partition repository, BlobLink link, TableTransactionAction? with, CommitDeadline deadline)
    {
        deadline.ThrowIfExpired();
        if (with is not null) return await repository.SubmitAsync([PutLink(repository, link), with], deadline.Token) is null;
        await repository.SubmitUnconditionalAsync([PutLink(repository, link)], deadline.Token);
        return true;
    }

    /// <summary>Deletes the repository's link to a blob, unless a manifest references it. The collector deletes the content.</summary>
    /// <remarks>Its cost grows with the number of manifests of the repository, since each is read.</remarks>
    [ProtocolStep(ProtocolStep.ReadLinkForDelete)]
    [ProtocolStep(ProtocolStep.ScanPending)]
    [ProtocolStep(ProtocolStep.ScanManifests)]
    [ProtocolStep(ProtocolStep.UnlinkBlob)]
    public async Task<BlobDeletion> DeleteAsync(RepositoryName name, Digest digest, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (await repository.ReadAsync(Layout.Link(digest), s_linkColumns, cancellationToken) is not { } row)
                return new BlobDeletion(attempt > 0, null);
            // Pending rows first: a manifest being pushed moves from p: to m:, so the other order could miss it in both.
            foreach (var prefix in new[] { Layout.PendingPrefix, Layout.ManifestPrefix })
            {
                string[] columns = ["RowKey", .. Columns.ForBytes(Columns.References, PackedReferences.MaxSize)];
                await foreach (var manifest in repository.ScanAsync(prefix, columns, cancellationToken))
                {
                    if (!PackedReferences.ContainsBlob(manifest, digest)) continue;
                    return new BlobDeletion(false, string.Join(':', manifest.RowKey[prefix.Length..].Split(':')[..2]));
                }
            }
            // A push since the scan has touched the link: then the delete fails and the scan is repeated.
            if (await repository.SubmitAsync([repository.Delete(Layout.Link(digest), row.ETag)], cancellationToken) is null)
                return new BlobDeletion(true, null);
        }
    }

    internal static TableTransactionAction TouchLink(Partition repository, Digest digest)
    {
        var row = repository.Row(Layout.Link(digest));
        row[Columns.MarkedForDeletion] = false;
        return Partition.Touch(row);
    }

    static TableTransactionAction PutLink(Partition repository, BlobLink link)
    {
        var row = repository.Row(Layout.Link(link.Digest));
        row[Columns.Object] = link.ObjectId;
        row[Columns.Size] = link.Size;
        row[Columns.MarkedForDeletion] = false;
        return Partition.Put(row);
    }

    [ProtocolStep(ProtocolStep.ReadOwners)]
    async Task<bool> IsLinkedAsync(
        RepositoryName? from, Func<RepositoryName, bool> mayRead, Digest digest, CancellationToken cancellationToken)
    {
        if (from is not null) return mayRead(from) && await FindAsync(from, digest, keep: false, cancellationToken) is not null;
        // An owner row outlives its link for a while, so an owner row alone proves nothing.
        var (owners, _) = await account.Digest(digest).PageAsync("", after: null, size: 10, ["RowKey"], where: null, cancellationToken);
        foreach (var owner in owners.Where(row => row.RowKey != Layout.ContentRow))
        {
            var name = RepositoryName.Parse(Layout.NameOf(owner.RowKey));
            if (mayRead(name) && await FindAsync(name, digest, keep: false, cancellationToken) is not null) return true;
        }
        return false;
    }

    /// <summary>Adds the repository as an owner of the content. Without a content row, the offered object becomes the content.</summary>
    /// <returns>The object that the content row names; null when there is none and none was offered.</returns>
    [ProtocolStep(ProtocolStep.OwnContent)]
    [ProtocolStep(ProtocolStep.ReadContent)]
    async Task<BlobLink?> OwnAsync(RepositoryName name, Digest digest, BlobLink? offered, CancellationToken cancellationToken)
    {
        var partition = account.Digest(digest);
        var owner = Partition.Put(partition.Row(Layout.Key(name)));
        for (var attempt = 0; ; attempt++)
        {
            await Contention.BeforeAsync(attempt, cancellationToken);
            if (offered is not null)
            {
                var content = partition.Row(Layout.ContentRow);
                content[Columns.Object] = offered.ObjectId;
                content[Columns.Size] = offered.Size;
                if (await partition.SubmitAsync([Partition.Insert(content), owner], cancellationToken) is null) return offered;
            }
            // The touch changes the ETag, so that a collector's delete of the content row fails. Read afterwards: it may name a new object.
            if (await partition.SubmitAsync([Partition.Touch(partition.Row(Layout.ContentRow)), owner], cancellationToken) is null
                && await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken) is { } row)
            {
                return new BlobLink(digest, row.GetString(Columns.Object), row.GetSize());
            }
            if (offered is null) return null;
        }
    }
}
