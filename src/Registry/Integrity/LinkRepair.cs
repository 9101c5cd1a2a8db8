using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Makes what is stored somebody's blob again, in the order of an upload: content and owner, then the link.</summary>
sealed class LinkRepair(CheckContext context)
{
    /// <summary>The object that is, or could be, the blob of a digest.</summary>
    public async Task<StoredObject?> FindObjectAsync(Digest digest, CancellationToken cancellationToken)
    {
        var content = await context.Account.Digest(digest).ReadAsync(Layout.ContentRow, columns: null, cancellationToken);
        return await context.Objects.FindAsync(digest, StoredObject.NamedBy(content), cancellationToken);
    }

    /// <summary>Links a blob that a repository should have and has not.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Of the blob.</param>
    /// <param name="needed">Vouches in the same transaction that it is needed still; null for nothing.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>Whether the repository links it now.</returns>
    [ProtocolStep(ProtocolStep.LinkBlob)]
    public async Task<bool> LinkAsync(
        RepositoryName name, Digest digest, TableTransactionAction? needed, CancellationToken cancellationToken)
    {
        var content = await context.Account.Digest(digest).ReadAsync(Layout.ContentRow, columns: null, cancellationToken);
        if (await context.Objects.FindAsync(digest, StoredObject.NamedBy(content), cancellationToken) is not { } found) return false;
        using var deadline = context.Account.LinkDeadline(cancellationToken);
        deadline.Begin();
        if (await OwnAsync(name, digest, content, found, deadline.Token) is not { } counts) return false;
        var repository = context.Account.Repository(name);
        var link = Partition.Insert(LinkRow(repository, digest, counts));
        deadline.ThrowIfExpired();
        var conflict = await repository.SubmitAsync(needed is null ? [link] : [link, needed], deadline.Token);
        return conflict is null or { Index: 0, Status: 409 };
    }

    /// <summary>Makes a repository an owner of content, and an object the content, unless that has changed since it was read.</summary>
    /// <param name="name">The repository.</param>
    /// <param name="digest">Of the content.</param>
    /// <param name="content">Its row as it was read; null when it was not there.</param>
    /// <param name="found">The object that is to be the content.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>The object that counts; null when somebody else has changed it.</returns>
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
        // Of a row that was only touched it is not known what it says now.
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
