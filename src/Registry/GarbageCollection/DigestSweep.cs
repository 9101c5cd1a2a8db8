using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The second sweep: goes once through all digests (<see cref="DigestInventory"/>). Takes away owners whose repositories do not link
/// the content any more, content without owners, and objects that are the blob of nothing.
/// </summary>
sealed class DigestSweep(PassContext pass)
{
    /// <summary>Digests between two times that the pass can be gone on from.</summary>
    const int BatchSize = 200;

    const int ParallelDigests = 8;

    /// <summary>Sweeps what stands behind a digest.</summary>
    /// <param name="after">The text of a digest; null from the beginning.</param>
    /// <param name="cancellationToken">Ends it.</param>
    /// <returns>How far it is, now and then.</returns>
    /// <exception cref="CollectionRefusedException">The tables do not belong to the objects.</exception>
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
            await pass.Pace.PauseAsync(cancellationToken);
        }
        await SweepAsync(batch, cancellationToken);
    }

    Task SweepAsync(IEnumerable<DigestState> batch, CancellationToken cancellationToken) => Parallel.ForEachAsync(
        batch,
        new ParallelOptions { MaxDegreeOfParallelism = ParallelDigests, CancellationToken = cancellationToken },
        async (state, cancel) => await SweepAsync(state, cancel));

    /// <summary>One digest: its owners, then its content if none is left, then the objects that are not its content.</summary>
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
            // Owners and content come and go together, so a row was lost: nobody knows which object the links name.
            : owned && state.Content is null ? Reason.Contradicted
            : !pass.IsOld(item.Properties.LastModified) ? Reason.Young
            // Asked once more: it is the last thing before bytes are gone.
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

    /// <summary>Blocks are as old as the first of them: a request that takes very long may be committing them now.</summary>
    [ProtocolStep(ProtocolStep.DiscardUncommitted)]
    static Task<bool> DiscardUncommittedAsync(BlockBlobClient blob, CancellationToken cancellationToken) =>
        ObjectWriter.DiscardUncommittedAsync(blob, cancellationToken);

    [ProtocolStep(ProtocolStep.ReadContent)]
    static async Task<string?> ReadContentAsync(Partition digest, CancellationToken cancellationToken) =>
        (await digest.ReadAsync(Layout.ContentRow, [Columns.Object], cancellationToken))?.GetString(Columns.Object);

    /// <returns>Whether the owner is gone.</returns>
    [ProtocolStep(ProtocolStep.HeadLink)]
    async Task<bool> DeleteIfUnlinkedAsync(DigestState state, TableEntity owner, CancellationToken cancellationToken)
    {
        var place = $"{state.Digest} {Layout.NameOf(owner.RowKey)}";
        // Read after the owner: whoever links it now makes itself an owner first, and changes that row.
        var linked = !pass.RemovedLinks.Contains(owner.RowKey, state.Digest.ToString())
            && await pass.Account.RepositoryOf(owner.RowKey)
                .ReadAsync(Layout.Link(state.Digest), ["RowKey"], cancellationToken) is not null;
        if (linked)
        {
            pass.Decide(CollectedKind.Owner, place, Reason.Linked);
            state.LinkedBy.Add(owner.RowKey);
            return false;
        }
        var gone = pass.DryRun || await DeleteOwnerAsync(state.Partition, owner, cancellationToken);
        pass.Decide(CollectedKind.Owner, place, gone ? Reason.Unlinked : Reason.Changed);
        return gone;
    }

    [ProtocolStep(ProtocolStep.DeleteOwner)]
    static async Task<bool> DeleteOwnerAsync(Partition digest, TableEntity owner, CancellationToken cancellationToken) =>
        await digest.SubmitAsync([digest.Delete(owner.RowKey, owner.ETag)], cancellationToken) is null;

    /// <summary>The content row was read before the owners, and whoever becomes one touches it.</summary>
    [ProtocolStep(ProtocolStep.DeleteContent)]
    async Task<bool> DeleteContentAsync(Partition digest, TableEntity content, CancellationToken cancellationToken) =>
        pass.DryRun || await digest.SubmitAsync([digest.Delete(Layout.ContentRow, content.ETag)], cancellationToken) is null;

    /// <summary>What there is of each digest, once it is certain that the tables belong to the objects.</summary>
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
        // Who has not swept them itself, since it goes on with a pass, looks whether there are any.
        var empty = pass.SweptAllRepositories
            ? pass.FoundNoRepository
            : !await AnyAsync(pass.Account.Repositories, filter: null, cancellationToken);
        if (after is null && inventory.HasRows && empty) await RefuseWithoutRepositoriesAsync(cancellationToken);
        await foreach (var state in inventory.ReadAsync(digest => new DigestState(pass, digest))) yield return state;
    }

    /// <summary>
    /// Objects, and no digest is known: then the table was lost or belongs to another registry, and every object would look like
    /// garbage. A registry that anything was ever pushed to has rows that nothing deletes.
    /// </summary>
    async Task RefuseWithoutDigestsAsync(CancellationToken cancellationToken)
    {
        var links = await AnyAsync(pass.Account.Repositories, "RowKey ge 'b:' and RowKey lt 'b;'", cancellationToken);
        var names = await AnyNameAsync(cancellationToken);
        if (links || !names)
        {
            throw new CollectionRefusedException(
                "Table digests is empty, but there are objects in container blobs, and the other tables do not say that "
                + "everything was deleted. Nothing of it was deleted; see what is wrong with the command check.");
        }
    }

    /// <summary>Digests with owners, and not one repository: then that table was lost, and every blob would look like garbage.</summary>
    async Task RefuseWithoutRepositoriesAsync(CancellationToken cancellationToken)
    {
        if (!await AnyNameAsync(cancellationToken)) return;
        throw new CollectionRefusedException(
            "Table repositories is empty, but table digests knows blobs, and the catalog repositories. Nothing of it was "
            + "deleted. If all of it was to be deleted, push something and collect again; else restore the table.");
    }

    Task<bool> AnyNameAsync(CancellationToken cancellationToken) => AnyAsync(
        pass.Account.Catalog.Table, TableClient.CreateQueryFilter($"PartitionKey eq {Layout.CatalogPartition}"), cancellationToken);

    static async Task<bool> AnyAsync(TableClient table, string? filter, CancellationToken cancellationToken)
    {
        await foreach (var _ in table.QueryAsync<TableEntity>(filter, 1, ["RowKey"], cancellationToken)) return true;
        return false;
    }
}
