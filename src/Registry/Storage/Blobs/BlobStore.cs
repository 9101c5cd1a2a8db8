using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>A blob that a repository may read, and the object that holds it.</summary>
/// <param name="Digest">Of its bytes.</param>
/// <param name="ObjectId">The last part of the object's name.</param>
/// <param name="Size">In bytes.</param>
public sealed record BlobLink(Digest Digest, string ObjectId, long Size);

/// <summary>Blobs: what a repository links (<c>b:</c>), and who owns what content (table <c>digests</c>).</summary>
public sealed class BlobStore(StorageAccount account)
{
    static readonly string[] s_linkColumns = [Columns.Object, Columns.Size, Columns.MarkedForDeletion];

    /// <summary>The repository's link to a blob: one transaction; two when the collector had marked for deletion it.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Of the blob.</param>
    /// <param name="keep">Whether the caller may leave out a push because of the answer, so that the blob must stay.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when the repository does not link it.</returns>
    [ProtocolStep(ProtocolStep.HeadLink)]
    [ProtocolStep(ProtocolStep.UnmarkLinkOnHead)]
    public async Task<BlobLink?> FindAsync(RepositoryName name, Digest digest, bool keep, CancellationToken cancellationToken)
    {
        var repository = account.Repository(name);
        if (await repository.ReadAsync(Layout.Link(digest), s_linkColumns, cancellationToken) is not { } row) return null;
        if (keep && row.GetBoolean(Columns.MarkedForDeletion) == true && await repository.SubmitAsync([TouchLink(repository, digest)], cancellationToken) is not null)
            return null;
        return new BlobLink(digest, row.GetString(Columns.Object), row.GetSize());
    }

    /// <summary>Reads a part of a blob, or all of it, as it arrives from the storage: one transaction.</summary>
    /// <param name="link">The blob.</param>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes to read.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    public async Task<Stream> OpenAsync(BlobLink link, long offset, long length, CancellationToken cancellationToken)
    {
        var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(link.Digest, link.ObjectId));
        var options = new BlobDownloadOptions { Range = length == link.Size ? default : new HttpRange(offset, length) };
        var answer = await blob.DownloadStreamingAsync(options, cancellationToken);
        return answer.Value.Content;
    }

    /// <summary>Stores bytes that are in memory as a blob of the repository: three transactions when they are new.</summary>
    internal async Task<BlobLink> StoreAsync(RepositoryName name, Digest digest, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        var id = Layout.NewId();
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        await ObjectWriter.PutAsync(account.BlobObjects.GetBlockBlobClient(Layout.BlobObject(digest, id)), content, digest, deadline.Token);
        return (await LinkAsync(name, digest, id, content.Length, with: null, deadline))!;
    }

    /// <summary>Makes an object that is there the repository's blob: two transactions when the content is new, else four.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Of the content, verified.</param>
    /// <param name="id">The object that was written. Where the content lies in another one already, that one counts.</param>
    /// <param name="size">Bytes of the object.</param>
    /// <param name="with">Done in the same transaction as the link, when its own condition holds; null for nothing.</param>
    /// <param name="deadline">Begun before the object was committed.</param>
    /// <returns>Null when the condition of <paramref name="with"/> does not hold: then nothing is linked.</returns>
    internal async Task<BlobLink?> LinkAsync(
        RepositoryName name, Digest digest, string id, long size, TableTransactionAction? with, CommitDeadline deadline)
    {
        var link = await OwnAsync(name, digest, new BlobLink(digest, id, size), deadline.Token)
            ?? throw new InvalidOperationException("Content that was offered has no owner.");
        return await WriteLinkAsync(account.Repository(name), link, with, deadline) ? link : null;
    }

    /// <summary>Links a blob of one repository in another, without a copy: four transactions.</summary>
    /// <param name="from">The repository that has it; null to take any owner's.</param>
    /// <param name="mayRead">Which repositories it may be taken from.</param>
    /// <param name="to">The repository that is to have it.</param>
    /// <param name="digest">Of the blob.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Whether it was there, in a repository that it may be taken from.</returns>
    public async Task<bool> MountAsync(RepositoryName? from, Func<RepositoryName, bool> mayRead, RepositoryName to, Digest digest, CancellationToken cancellationToken)
    {
        if (!await IsLinkedAsync(from, mayRead, digest, cancellationToken)) return false;
        using var deadline = account.LinkDeadline(cancellationToken);
        deadline.Begin();
        return await OwnAsync(to, digest, offered: null, deadline.Token) is { } link && await WriteLinkAsync(account.Repository(to), link, with: null, deadline);
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

    /// <summary>Takes a blob from the repository, unless a manifest needs it. Its bytes are left to the collector.</summary>
    /// <remarks>Its cost grows with the manifests of the repository: each is asked whether it needs the blob.</remarks>
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
            // In this order: a manifest that is being put goes from p: to m:, so whoever looks at m: first may miss it in both.
            foreach (var prefix in new[] { Layout.PendingPrefix, Layout.ManifestPrefix })
            {
                var columns = Columns.ForBytes(Columns.References, PackedReferences.MaxSize);
                await foreach (var manifest in repository.ScanAsync(prefix, ["RowKey", .. columns], cancellationToken))
                    if (PackedReferences.ContainsBlob(manifest, digest)) return new BlobDeletion(false, string.Join(':', manifest.RowKey[prefix.Length..].Split(':')[..2]));
            }
            // Whoever pushed a manifest since has touched the link, and then this starts again.
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
    async Task<bool> IsLinkedAsync(RepositoryName? from, Func<RepositoryName, bool> mayRead, Digest digest, CancellationToken cancellationToken)
    {
        if (from is not null) return mayRead(from) && await FindAsync(from, digest, keep: false, cancellationToken) is not null;
        // An owner row outlives its link for a while, so the first owner is no proof.
        var (owners, _) = await account.Digest(digest).PageAsync("", after: null, size: 10, ["RowKey"], where: null, cancellationToken);
        foreach (var owner in owners.Where(row => row.RowKey != Layout.ContentRow))
        {
            var name = RepositoryName.Parse(Layout.NameOf(owner.RowKey));
            if (mayRead(name) && await FindAsync(name, digest, keep: false, cancellationToken) is not null) return true;
        }
        return false;
    }

    /// <summary>Makes the repository an owner of the content, and the offered object the content if there is none.</summary>
    /// <returns>The object that counts; null when there is none and none was offered.</returns>
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
            // Touched, so that the collector, which deletes it by its ETag, must look again. Read only then: it may be another by now.
            if (await partition.SubmitAsync([Partition.Touch(partition.Row(Layout.ContentRow)), owner], cancellationToken) is null
                && await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken) is { } row)
            {
                return new BlobLink(digest, row.GetString(Columns.Object), row.GetSize());
            }
            if (offered is null) return null;
        }
    }
}

/// <summary>How a deletion of a blob ended: done, not there, or refused because of a manifest that needs it.</summary>
public sealed record BlobDeletion(bool Deleted, string? NeededBy);
