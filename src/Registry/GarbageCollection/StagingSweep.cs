using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>The third sweep: what sessions have left in container <c>uploads</c>.</summary>
sealed class StagingSweep(PassContext pass)
{
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var options = new GetBlobsOptions { States = BlobStates.Uncommitted, Traits = BlobTraits.Metadata };
        await foreach (var item in pass.Account.UploadObjects.GetBlobsAsync(options, cancellationToken))
        {
            var reason = Judge(item);
            if (reason.Outcome == Outcome.Removed) await pass.DiscardAsync(pass.Account.UploadObjects.GetBlockBlobClient(item.Name), cancellationToken);
            pass.Decide(CollectedKind.StagedObject, item.Name, reason, item.Properties.ContentLength ?? 0);
        }
    }

    Reason Judge(BlobItem item)
    {
        if (!Guid.TryParseExact(item.Name, "D", out var session)) return Reason.Foreign;
        if (!pass.IsOld(item.Properties.LastModified)) return Reason.Young;
        // Committed with its digest, and that ends a session or takes place after its last change: it has died since.
        if (item.Metadata?.ContainsKey(ObjectWriter.DigestMetadata) == true) return Reason.Abandoned;
        // Blocks are as old as the first of them, however long the session goes on. Where this pass does not know all sessions, another will.
        return pass.SweptAllRepositories && !pass.Sessions.Contains(session) ? Reason.Abandoned : Reason.Alive;
    }
}
