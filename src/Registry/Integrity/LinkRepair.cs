using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Links a stored object to a repository again, in the order of an upload: content row and owner, then the link.</summary>
sealed class LinkRepair(CheckContext context)
{
    /// <summary>Finds the object that is, or can become, the blob of a digest.</summary>
    public async Task<StoredObject?> FindObjectAsync(Digest digest, CancellationToken cancellationToken)
    {
        var content = await context.Account.Digest(digest).ReadAsync(Layout.ContentRow, columns: null, cancellationToken);
        return await context.Objects.FindAsync(digest, StoredObject.NamedBy(content), cancellationToken);
    }

    /// <summary>Links a blob that a repository should link, but does not.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Digest of the blob.</param>
    /// <param name="condition">Action in the same transaction that fails if the blob is no longer condition; null for none.</param>
    /// <param name="cancellationToken">Cancels the repair.</param>
    /// <returns>Whether the repository links the blob now.</returns>
    [ProtocolStep(ProtocolStep.LinkBlob)]
    public async Task<bool> LinkAsync(
        RepositoryName name, Digest digest, TableTransactionAction? condition, CancellationToken cancellationToken)
    {
        var content = await context.Account.Digest(digest).ReadAsync(Layout.ContentRow, columns: null, cancellationToken);
        if (await context.Objects.FindAsync(digest, StoredObject.NamedBy(content), cancellationToken) is not { } found) return false;
        using var deadline = context.Account.LinkDeadline(cancellationToken);
        deadline.Begin();
        if (await OwnAsync(name, digest, content, found, deadline.Token) is not { } current) return false;
        var repository = context.Account.Repository(name);
        var link = Partition.Insert(LinkRow(repository, digest, current));
        deadline.ThrowIfExpired();
        var conflict = await repository.SubmitAsync(condition is null ? [link] : [link, condition], deadline.Token);
        return conflict is null or { Index: 0, Status: 409 };
    }

    /// <summary>
    /// Makes a repository an owner and names the object in the content row, unless that row has changed since it was read.
    /// </summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Digest of the content.</param>
    /// <param name="content">The content row as it was read; null when it was missing.</param>
    /// <param name="found">The object to name.</param>
    /// <param name="cancellationToken">Cancels the repair.</param>
    /// <returns>The object that the content row names now; null when the row had changed.</returns>
    [ProtocolStep(ProtocolStep.OwnContent)]
    [ProtocolStep(ProtocolStep.ReadContent)]
    public async Task<StoredObject?> OwnAsync(
        RepositoryName name, Digest digest, TableEntity? content, StoredObject found, CancellationToken cancellationToken)
    {
        var partition = context.Account.Digest(digest);
        var owner = Partition.Put(partition.Row(Layout.Key(name)));
        var row = partition.Row(Layout.ContentRow);
        row[Columns.Object] = found.Id;
        row[Columns.Size] = found.Length;
        var action = content is null ? Partition.Insert(row)
            : StoredObject.NamedBy(content) == found ? Partition.Touch(partition.Row(Layout.ContentRow))
            : Partition.Replace(row, content.ETag);
        if (await partition.SubmitAsync([action, owner], cancellationToken) is not null) return null;
        // A row that was only touched may name another object by now.
        return StoredObject.NamedBy(await partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken));
    }

    public static TableEntity LinkRow(Partition repository, Digest digest, StoredObject found, bool markedForDeletion = false)
    {
        var row = repository.Row(Layout.Link(digest));
        row[Columns.Object] = found.Id;
        row[Columns.Size] = found.Length;
        row[Columns.MarkedForDeletion] = markedForDeletion;
        return row;
    }
}
