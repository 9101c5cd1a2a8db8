using Azure;
using Azure.Data.Tables;
using Registry.Hashing;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>An upload that has been begun: the row <c>u:</c> of a repository.</summary>
/// <param name="Id">The UUID in its location.</param>
/// <param name="Algorithm">What its bytes are hashed with: what the client announced, else SHA-256.</param>
/// <param name="Key">What its tokens are signed with (<see cref="SessionTokens"/>).</param>
/// <param name="Offset">Bytes received and acknowledged.</param>
/// <param name="Blocks">The blocks that hold them.</param>
/// <param name="DigestState">Of those bytes (<see cref="RunningDigest.Export"/>).</param>
/// <param name="Attempt">Of the request that wrote the row: to know one's own write when its answer was lost.</param>
/// <param name="Done">The digest that it was finished with; null while it is open.</param>
/// <param name="ETag">Of the row.</param>
sealed record UploadSession(
    Guid Id, DigestAlgorithm Algorithm, byte[] Key, long Offset, StagedBlocks Blocks, byte[] DigestState, string Attempt, Digest? Done, ETag ETag)
{
    public bool IsFresh => Offset == 0 && Blocks.Packed.Length == 0;

    public RunningDigest ContinueDigest() => RunningDigest.Create(Algorithm, DigestState);

    public TableEntity ToRow(Partition repository)
    {
        var row = repository.Row(Layout.Upload(Id));
        row[Columns.Algorithm] = Algorithm.Name;
        row[Columns.Key] = Key;
        row[Columns.Offset] = Offset;
        row[Columns.Attempt] = Attempt;
        row.SetBytes(Columns.Blocks, Blocks.Packed);
        row.SetBytes(Columns.DigestState, DigestState);
        if (Done is not null) row[Columns.Done] = Done.ToString();
        return row;
    }

    /// <summary>The session as the storage has it.</summary>
    /// <param name="repository">Whose it is; it is not known in any other.</param>
    /// <param name="id">From its location.</param>
    /// <param name="lifetime">How long it lives without a request.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    /// <returns>Null when it was never begun, was cancelled, has died or is being collected.</returns>
    [ProtocolStep(ProtocolStep.ReadSession)]
    public static async Task<UploadSession?> ReadAsync(Partition repository, Guid id, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var (row, now) = await repository.ReadWithTimeAsync(Layout.Upload(id), cancellationToken);
        if (row is null || now - row.Timestamp > lifetime || row.GetBoolean(Columns.MarkedForDeletion) == true) return null;
        return new UploadSession(
            id,
            DigestAlgorithm.Parse(row.GetString(Columns.Algorithm)),
            row.GetBinary(Columns.Key) ?? throw new InvalidDataException($"Upload session {id} has no key."),
            row.GetInt64(Columns.Offset) ?? 0,
            new StagedBlocks(row.GetBytes(Columns.Blocks)),
            row.GetBytes(Columns.DigestState),
            row.GetString(Columns.Attempt),
            row.ContainsKey(Columns.Done) ? row.GetDigest(Columns.Done) : null,
            row.ETag);
    }
}
