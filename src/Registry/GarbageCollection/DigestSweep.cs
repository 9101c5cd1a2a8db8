using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The second sweep, once over all digests (<see cref="DigestInventory"/>). Deletes owners whose repository no longer has a link,
/// content rows without owners, and objects that no content row names.
/// </summary>
sealed class DigestSweep(PassContext pass)
{
    /// <summary>Digests between two checkpoints.</summary>
    const int BatchSize = 200;

    const int ParallelDigests = 8;

    /// <summary>Sweeps all digests after a given one.</summary>
    /// <param name="after">Text of the last digest that was swept; null for none.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    /// <returns>Checkpoints: the last digest that was swept, after each batch.</returns>
    /// <exception cref="CollectionRefusedException">A table seems to be lost.</exception>
    public async IAsyncEnumerable<string> RunAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var batch = new List<DigestState>();
        await foreach (var state in ReadAsync(after, cancellationToken))
        {
            batch.Add(state);
            if (batch.Count < BatchSize) continue;
            await SweepAsync(batch, cancellationToken);
            yield return batch[^1].Digest.ToString();
            batch.Clear();
            await pass.Throttle.PauseAsync(cancellationToken);
        }
        await SweepAsync(batch, cancellationToken);
    }

    Task SweepAsync(IEnumerable<DigestState> batch, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        batch,
        new ParallelOptions { MaxDegreeOfParallelism = ParallelDigests, CancellationToken = cancellationToken },
        async (state, cancel) => await SweepAsync(state, cancel));

    /// <summary>Sweeps one digest: owners, then the content row if no owner remains, then objects that the row does not name.</summary>
    async Task SweepAsync(DigestState state, CancellationToken cancellationToken)
    {
        foreach (var owner in state.Suspects)
            if (!await DeleteIfUnlinkedAsync(state, owner, cancellationToken)) state.Owners++;
        var owned = state.Owners > 0;
        if (state.LinkedBy is [var only]) pass.CountUnique(only, state.Content?.GetInt64(Columns.Size) ?? 0);
        var named = state.Content?.GetString(Columns.Object);
        if (state.Content is { } content)
        {
            var reason = owned ? Reason.Owned
                : await DeleteContentAsync(state.Partition, content, cancellationToken) ? Reason.Unowned
                : Reason.Changed;
            pass.Decide(CollectedKind.Content, $"{state.Digest}", reason);
            if (reason == Reason.Unowned) named = null;
        }
        foreach (var item in state.Objects) await SweepAsync(state, item, owned, named, cancellationToken);
    }

    async Task SweepAsync(DigestState state, BlobItem item, bool owned, string? named, CancellationToken cancellationToken)
    {
        var bytes = item.Properties.ContentLength ?? 0;
        var id = item.Name[(item.Name.LastIndexOf('/') + 1)..];
        var committed = ObjectWriter.IsCommitted(item);
        var reason = id == named ? Reason.Named
            // Owners and content row are written together, so the row was lost: it is unknown which object the links name.
            : owned && state.Content is null ? Reason.Contradicted
            : !pass.IsOld(item.Properties.LastModified) ? Reason.Young
            // Read again right before the bytes are deleted.
            : !pass.DryRun && await ReadContentAsync(state.Partition, cancellationToken) == id ? Reason.Named
            : Reason.Unnamed;
        var blob = pass.Account.BlobObjects.GetBlockBlobClient(item.Name);
        if (reason == Reason.Unnamed && !pass.DryRun)
        {
            if (committed) await DeleteObjectAsync(blob, cancellationToken);
            else if (!await DiscardUncommittedAsync(blob, cancellationToken)) reason = Reason.Changed;
        }
        pass.Decide(CollectedKind.BlobObject, item.Name, reason, bytes);
    }

    [ProtocolStep(ProtocolStep.DeleteObject)]
    static Task DeleteObjectAsync(BlockBlobClient blob, CancellationToken cancellationToken) =>
        ObjectWriter.DeleteAsync(blob, cancellationToken);

    /// <summary>
    /// The age of uncommitted blocks is that of the first block: a very slow request may be committing them now, so they are
    /// discarded only if they are still uncommitted.
    /// </summary>
    [ProtocolStep(ProtocolStep.DiscardUncommitted)]
    static Task<bool> DiscardUncommittedAsync(BlockBlobClient blob, CancellationToken cancellationToken) =>
        ObjectWriter.DiscardUncommittedAsync(blob, cancellationToken);

    [ProtocolStep(ProtocolStep.ReadContent)]
    static async Task<string?> ReadContentAsync(Partition digest, CancellationToken cancellationToken) =>
        (await digest.ReadAsync(Layout.ContentRow, [Columns.Object], cancellationToken))?.GetString(Columns.Object);

    /// <returns>Whether the owner was deleted.</returns>
    [ProtocolStep(ProtocolStep.HeadLink)]
    async Task<bool> DeleteIfUnlinkedAsync(DigestState state, TableEntity owner, CancellationToken cancellationToken)
    {
        var place = $"{state.Digest} {Layout.NameOf(owner.RowKey)}";
        // Read after the owner: a request that links the blob now writes the owner first, and so changes its ETag.
        var linked = !pass.RemovedLinks.Contains(owner.RowKey, state.Digest.ToString())
            && await pass.Account.RepositoryOf(owner.RowKey)
                .ReadAsync(Layout.Link(state.Digest), ["RowKey"], cancellationToken) is not null;
        if (linked)
        {
            pass.Decide(CollectedKind.Owner, place, Reason.Linked);
            state.LinkedBy.Add(owner.RowKey);
            return false;
        }
        var deleted = pass.DryRun || await DeleteOwnerAsync(state.Partition, owner, cancellationToken);
        pass.Decide(CollectedKind.Owner, place, deleted ? Reason.Unlinked : Reason.Changed);
        return deleted;
    }

    [ProtocolStep(ProtocolStep.DeleteOwner)]
    static async Task<bool> DeleteOwnerAsync(Partition digest, TableEntity owner, CancellationToken cancellationToken) =>
        await digest.SubmitAsync([digest.Delete(owner.RowKey, owner.ETag)], cancellationToken) is null;

    /// <summary>
    /// The content row was read before the owners, and a new owner touches it: the delete fails if there is one.
    /// </summary>
    [ProtocolStep(ProtocolStep.DeleteContent)]
    async Task<bool> DeleteContentAsync(Partition digest, TableEntity content, CancellationToken cancellationToken) =>
        pass.DryRun || await digest.SubmitAsync([digest.Delete(Layout.ContentRow, content.ETag)], cancellationToken) is null;

    /// <summary>Reads rows and objects of each digest, after it has checked that no table seems to be lost.</summary>
    async IAsyncEnumerable<DigestState> ReadAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await using var inventory = new DigestInventory(
            pass.Account,
            after,
            forCollection: true,
            row => pass.Decide(CollectedKind.Content, row.PartitionKey, Reason.Foreign),
            item => pass.Decide(CollectedKind.BlobObject, item.Name, Reason.Foreign, item.Properties.ContentLength ?? 0),
            cancellationToken);
        await inventory.BeginAsync();
        if (after is null && !inventory.HasRows && inventory.HasObjects) await RefuseWithoutDigestsAsync(cancellationToken);
        // A process that resumed the pass has not swept all repositories itself, so it queries whether there is any.
        var empty = pass.SweptAllRepositories
            ? pass.FoundNoRepository
            : !await AnyAsync(pass.Account.Repositories, filter: null, cancellationToken);
        if (after is null && inventory.HasRows && empty) await RefuseWithoutRepositoriesAsync(cancellationToken);
        await foreach (var state in inventory.ReadAsync(digest => new DigestState(pass, digest))) yield return state;
    }

    /// <summary>
    /// There are objects and no digests: the table was lost or belongs to another registry, and every object would look like
    /// garbage. The exception is a registry in which everything was deleted: its catalog has names as long as there is
    /// content (<see cref="CatalogSweep"/>).
    /// </summary>
    async Task RefuseWithoutDigestsAsync(CancellationToken cancellationToken)
    {
        var links = await AnyAsync(pass.Account.Repositories, "RowKey ge 'b:' and RowKey lt 'b;'", cancellationToken);
        var names = await AnyNameAsync(cancellationToken);
        if (links || !names)
        {
            throw new CollectionRefusedException(
                "Table digests is empty, but container blobs has objects, and the other tables do not show that everything was "
                + "deleted. No object was deleted. Run the command check to see what is wrong.");
        }
    }

    /// <summary>There are digests and no repositories: that table was lost, and every blob would look like garbage.</summary>
    async Task RefuseWithoutRepositoriesAsync(CancellationToken cancellationToken)
    {
        if (!await AnyNameAsync(cancellationToken)) return;
        throw new CollectionRefusedException(
            "Table repositories is empty, but table digests has blobs, and the catalog has repositories. No object was deleted. "
            + "If everything was meant to be deleted, push something and collect again; otherwise restore the table.");
    }

    Task<bool> AnyNameAsync(CancellationToken cancellationToken) => AnyAsync(
        pass.Account.Catalog.Table, TableClient.CreateQueryFilter($"PartitionKey eq {Layout.CatalogPartition}"), cancellationToken);

    static async Task<bool> AnyAsync(TableClient table, string? filter, CancellationToken cancellationToken)
    {
        await foreach (var _ in table.QueryAsync<TableEntity>(filter, 1, ["RowKey"], cancellationToken)) return true;
        return false;
    }
}
