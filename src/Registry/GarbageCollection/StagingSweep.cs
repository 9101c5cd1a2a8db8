using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>The third sweep: deletes what ended sessions left in container <c>uploads</c>.</summary>
sealed class StagingSweep(PassContext pass)
{
    [ProtocolStep(ProtocolStep.ListStaged)]
    [ProtocolStep(ProtocolStep.DeleteStaged)]
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = new GetBlobsOptions { States = BlobStates.Uncommitted, Traits = BlobTraits.Metadata };
        await foreach (var item in pass.Account.UploadObjects.GetBlobsAsync(options, cancellationToken))
        {
            var committed = ObjectWriter.IsCommitted(item);
            var reason = Judge(item, committed);
            var blob = pass.Account.UploadObjects.GetBlockBlobClient(item.Name);
            if (reason == Reason.Abandoned && !pass.DryRun)
            {
                if (committed) await ObjectWriter.DeleteAsync(blob, cancellationToken);
                else if (!await ObjectWriter.DiscardUncommittedAsync(blob, cancellationToken)) reason = Reason.Changed;
            }
            pass.Decide(CollectedKind.StagedObject, item.Name, reason, item.Properties.ContentLength ?? 0);
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
