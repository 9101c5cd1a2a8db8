using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>What a sweep must know of one digest. Of owners that stay it keeps no more than their keys.</summary>
sealed class DigestState(PassContext pass, Digest digest) : StoredDigest(digest)
{
    public Partition Partition { get; } = pass.Account.Digest(digest);

    /// <summary>How many owners there are that certainly stay.</summary>
    public int Owners { get; set; }

    /// <summary>Those that are known to link it; who has become an owner just now may not yet.</summary>
    public List<string> LinkedBy { get; } = [];

    public List<TableEntity> Suspects { get; } = [];

    public List<BlobItem> Objects { get; } = [];

    public override void AddOwner(TableEntity row)
    {
        var linked = pass.SeenLinks.Contains(row.RowKey, row.PartitionKey);
        if (linked) LinkedBy.Add(row.RowKey);
        if (!pass.IsOld(row.Timestamp)) Keep(row, Reason.Young);
        else if (linked) Keep(row, Reason.Linked);
        else Suspects.Add(row);
    }

    public override void AddObject(BlobItem item) => Objects.Add(item);

    void Keep(TableEntity owner, Reason reason)
    {
        Owners++;
        pass.Decide(CollectedKind.Owner, $"{Digest} {Layout.NameOf(owner.RowKey)}", reason);
    }
}
