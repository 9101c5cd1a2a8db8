using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;
using Registry.Storage;

namespace Registry.GarbageCollection;

/// <summary>What a sweep keeps in memory of one digest. Of owners that are kept, only their keys.</summary>
sealed class DigestState(PassContext pass, Digest digest) : StoredDigest(digest)
{
    public Partition Partition { get; } = pass.Account.Digest(digest);

    /// <summary>Number of owners that are kept.</summary>
    public int Owners { get; set; }

    /// <summary>Keys of the owners that have a link; a new owner may not have one yet.</summary>
    public List<string> LinkedBy { get; } = [];

    /// <summary>Old owners without a known link: the sweep reads their link before it decides.</summary>
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
