using Azure;
using Azure.Data.Tables;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>
/// The first step of <see cref="RepositorySweep"/>: ends expired upload sessions. The row is marked for deletion, so that no request
/// can append to the session; then what it staged is deleted; then the row. If the collector is interrupted in between, the next one
/// finds the marked row.
/// </summary>
/// <param name="pass">Shared state of the pass.</param>
/// <param name="repository">Partition of the repository.</param>
sealed class SessionSweep(PassContext pass, Partition repository)
{
    static readonly string[] s_columns = ["PartitionKey", "RowKey", "Timestamp", Columns.Done, Columns.MarkedForDeletion];

    /// <summary>Ends the expired sessions, and notes the live ones for the sweep of staged objects.</summary>
    [ProtocolStep(ProtocolStep.ReadSession)]
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var finished = new ConditionalBatch(repository, pass.DryRun);
        await foreach (var row in pass.ScanAsync(repository, Layout.UploadPrefix, s_columns, cancellationToken))
        {
            var id = Guid.Parse(row.RowKey[Layout.UploadPrefix.Length..]);
            var markedForDeletion = row.GetBoolean(Columns.MarkedForDeletion) == true;
            if (!markedForDeletion && !pass.IsOld(row.Timestamp))
            {
                // What a request stages that comes to a location of a finished session is garbage.
                if (!row.ContainsKey(Columns.Done)) pass.LiveSessions.Add(id);
                pass.Decide(CollectedKind.Session, PlaceOf(row), Reason.SessionActive);
            }
            else if (row.ContainsKey(Columns.Done))
            {
                await finished.AddAsync(
                    repository.Delete(row.RowKey, row.ETag),
                    done => pass.Decide(CollectedKind.Session, PlaceOf(row), done ? Reason.Finished : Reason.Changed),
                    cancellationToken);
            }
            else
            {
                var ended = await EndSessionAsync(row, id, markedForDeletion, cancellationToken);
                // A request has just appended to it.
                if (!ended) pass.LiveSessions.Add(id);
                pass.Decide(CollectedKind.Session, PlaceOf(row), ended ? Reason.Expired : Reason.Changed);
            }
        }
        await finished.FlushAsync(cancellationToken);
    }

    async Task<bool> EndSessionAsync(TableEntity row, Guid id, bool markedForDeletion, CancellationToken cancellationToken)
    {
        if (pass.DryRun) return true;
        var etag = row.ETag;
        if (!markedForDeletion)
        {
            if (await MarkSessionForDeletionAsync(row, cancellationToken) is not { } now) return false;
            etag = now;
        }
        await DiscardStagedAsync(id, cancellationToken);
        return await DeleteSessionAsync(row, etag, cancellationToken);
    }

    [ProtocolStep(ProtocolStep.MarkSessionForDeletion)]
    async Task<ETag?> MarkSessionForDeletionAsync(TableEntity row, CancellationToken cancellationToken)
    {
        var change = repository.Row(row.RowKey);
        change[Columns.MarkedForDeletion] = true;
        if (await repository.SubmitAsync([Partition.Merge(change, row.ETag)], cancellationToken) is not null) return null;
        return (await repository.ReadAsync(row.RowKey, s_columns, cancellationToken))?.ETag;
    }

    [ProtocolStep(ProtocolStep.DiscardStaged)]
    Task DiscardStagedAsync(Guid session, CancellationToken cancellationToken) =>
        ObjectWriter.DiscardAsync(pass.Account.StagingObject(session), cancellationToken);

    [ProtocolStep(ProtocolStep.DeleteSession)]
    async Task<bool> DeleteSessionAsync(TableEntity row, ETag etag, CancellationToken cancellationToken) =>
        await repository.SubmitAsync([repository.Delete(row.RowKey, etag)], cancellationToken) is null;

    string PlaceOf(TableEntity row) => $"{Layout.NameOf(repository.Key)} {row.RowKey}";
}
