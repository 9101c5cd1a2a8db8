using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>The third sweep: what sessions have left in container <c>uploads</c>.</summary>
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
        // Committed with its digest, and that ends a session or takes place after its last change: it has died since.
        if (committed) return Reason.Abandoned;
        // Blocks are as old as the first of them, however long the session goes on. Where this pass
        // does not know all sessions, another will.
        return pass.SweptAllRepositories && !pass.LiveSessions.Contains(session) ? Reason.Abandoned : Reason.SessionActive;
    }
}
