using Azure.Data.Tables;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Examines a repository's link to a blob, and the rows of table <c>digests</c> for it.</summary>
sealed class LinkExaminer(CheckContext context, RepositoryName name, KeySet keys)
{
    readonly Partition _repository = context.Account.Repository(name);
    readonly LinkRepair _repair = new(context);

    /// <summary>Whether a link that a scan has read agrees with table <c>digests</c>: two transactions.</summary>
    public async Task<bool> AgreesAsync(Digest digest, TableEntity link, CancellationToken cancellationToken)
    {
        var (content, isOwner) = await ReadDigestAsync(digest, cancellationToken);
        return isOwner && StoredObject.NamedBy(link) is { } linked && linked == StoredObject.NamedBy(content);
    }

    public async Task<IReadOnlyList<Problem>> ExamineAsync(Digest digest, CancellationToken cancellationToken)
    {
        var key = Layout.Link(digest);
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } link) return [];
        var (content, isOwner) = await ReadDigestAsync(digest, cancellationToken);
        var (linked, current) = (StoredObject.NamedBy(link), StoredObject.NamedBy(content));
        if (isOwner && linked is not null && linked == current) return [];

        // A link that has changed meanwhile is not a problem.
        var found = await FindAsync(digest, current, linked, cancellationToken);
        if (await _repository.ReadAsync(key, columns: null, cancellationToken) is not { } latest || StoredObject.NamedBy(latest) != linked)
            return [];

        if (found is not { } right)
        {
            return [new(
                Finding(
                    FindingKind.ObjectMissing,
                    key,
                    "it is linked, but no object has its bytes",
                    "delete the link, so that clients push the blob again"),
                cancel => UnlinkAsync(digest, link.ETag, cancel))];
        }
        List<Problem> problems = [];
        if (content is null)
        {
            problems.Add(new(
                Finding(
                    FindingKind.ContentMissing,
                    key,
                    "it is linked, but has no content row",
                    $"name object {right.Id} in the content row"),
                cancel => _repair.OwnAsync(name, digest, content, right, cancel)));
        }
        else if (current != right)
        {
            problems.Add(new(
                Finding(
                    FindingKind.ContentMissing,
                    key,
                    "it is linked, but its content row names no existing object",
                    $"name object {right.Id} in the content row"),
                cancel => _repair.OwnAsync(name, digest, content, right, cancel)));
        }
        else if (!isOwner)
        {
            problems.Add(new(
                Finding(
                    FindingKind.OwnerMissing,
                    key,
                    "it is linked, but the repository is not an owner of it",
                    "make the repository an owner"),
                cancel => _repair.OwnAsync(name, digest, content, right, cancel)));
        }
        if (linked != right)
        {
            var markedForDeletion = link.TryGetValue(Columns.MarkedForDeletion, out var value) && value is true;
            problems.Add(new(
                Finding(
                    FindingKind.LinkObject,
                    key,
                    linked is null ? "it names no object" : $"it names object {linked.Value.Id}, but the content row names {right.Id}",
                    $"name object {right.Id}"),
                cancel => _repository.SubmitAsync(
                    [Partition.Replace(LinkRepair.LinkRow(_repository, digest, right, markedForDeletion), link.ETag)], cancel)));
        }
        return problems;
    }

    async Task<(TableEntity? Content, bool IsOwner)> ReadDigestAsync(Digest digest, CancellationToken cancellationToken)
    {
        var partition = context.Account.Digest(digest);
        var content = partition.ReadAsync(Layout.ContentRow, columns: null, cancellationToken);
        var owner = await partition.ReadAsync(Layout.Key(name), ["RowKey"], cancellationToken);
        return (await content, owner is not null);
    }

    async Task<StoredObject?> FindAsync(Digest digest, StoredObject? current, StoredObject? linked, CancellationToken cancellationToken)
    {
        if (current is { } named && await context.Objects.ExistsAsync(digest, named.Id, named.Length, cancellationToken)) return named;
        return await context.Objects.FindAsync(digest, linked, cancellationToken);
    }

    async Task UnlinkAsync(Digest digest, Azure.ETag etag, CancellationToken cancellationToken)
    {
        if (await _repository.SubmitAsync([_repository.Delete(Layout.Link(digest), etag)], cancellationToken) is null)
            keys.Remove(Layout.Link(digest));
    }

    Finding Finding(FindingKind kind, string key, string message, string repair) => new(kind, name.Value, key, message, repair);
}
