using System.Runtime.CompilerServices;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>The third sweep: deletes what ended sessions left in container <c>uploads</c>.</summary>
sealed class StagingSweep(PassContext pass)
{
    /// <summary>Sweeps all staged objects after a given one.</summary>
    /// <param name="after">Name of the last object that was swept; null for none.</param>
    /// <param name="cancellationToken">Stops the sweep.</param>
    /// <returns>Checkpoints: the name of each object, after it was swept.</returns>
    [ProtocolStep(ProtocolStep.ListStaged)]
    [ProtocolStep(ProtocolStep.DeleteStaged)]
    public async IAsyncEnumerable<string> RunAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var options = new GetBlobsOptions { States = BlobStates.Uncommitted, Traits = BlobTraits.Metadata };
        await foreach (var item in pass.Account.UploadObjects.GetBlobsAsync(options, cancellationToken))
        {
            // Listed in the order of their names; a page of 5,000 costs one transaction.
            if (after is not null && string.CompareOrdinal(item.Name, after) <= 0) continue;
            var committed = ObjectWriter.IsCommitted(item);
            var reason = Judge(item, committed);
            var blob = pass.Account.UploadObjects.GetBlockBlobClient(item.Name);
            if (reason == Reason.Abandoned && !pass.DryRun)
            {
                if (committed) await ObjectWriter.DeleteAsync(blob, cancellationToken);
                else if (!await ObjectWriter.DiscardUncommittedAsync(blob, cancellationToken)) reason = Reason.Changed;
            }
            pass.Decide(CollectedKind.StagedObject, item.Name, reason, item.Properties.ContentLength ?? 0);
            yield return item.Name;
        }
    }

    Reason Judge(BlobItem item, bool committed)
    {
        if (!Guid.TryParseExact(item.Name, "D", out var session)) return Reason.Foreign;
        if (!pass.IsOld(item.Properties.LastModified)) return Reason.Young;
        // A commit ends the session, or follows its last change: an old committed object belongs to no active session.
        if (committed) return Reason.Abandoned;
        // The age of uncommitted blocks is that of the first block, even in a session that is still active. If this process
        // has not read all sessions, the object is left to a later pass.
        return pass.SweptAllRepositories && !pass.LiveSessions.Contains(session) ? Reason.Abandoned : Reason.SessionActive;
    }
}
