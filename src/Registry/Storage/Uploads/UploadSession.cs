using Azure;
using Azure.Data.Tables;
using Registry.Hashing;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>An upload session: the row <c>u:</c> of a repository.</summary>
/// <param name="Id">UUID in the session's Location URL.</param>
/// <param name="Algorithm">Algorithm that hashes the content: the one that the client announced, else SHA-256.</param>
/// <param name="Key">Key that signs the session's tokens (<see cref="SessionTokens"/>).</param>
/// <param name="Offset">Number of bytes received and acknowledged.</param>
/// <param name="Blocks">Staged blocks that contain those bytes.</param>
/// <param name="DigestState">State of the digest over those bytes (<see cref="RunningDigest.Export"/>).</param>
/// <param name="Attempt">Id of the write of this row: recognizes a write whose answer was lost.</param>
/// <param name="Done">Digest with which the session was finished; null while it is open.</param>
/// <param name="ETag">ETag of the row.</param>
sealed record UploadSession(
    Guid Id,
    DigestAlgorithm Algorithm,
    byte[] Key,
    long Offset,
    StagedBlocks Blocks,
    byte[] DigestState,
    string Attempt,
    Digest? Done,
    ETag ETag)
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

    /// <summary>Reads a session.</summary>
    /// <param name="repository">Repository of the session; sessions do not exist in other repositories.</param>
    /// <param name="id">UUID in the session's Location URL.</param>
    /// <param name="lifetime">Time after which a session without requests expires.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>Null when it never existed, was cancelled, has expired or is marked for deletion.</returns>
    [ProtocolStep(ProtocolStep.ReadSession)]
    public static async Task<UploadSession?> ReadAsync(
        Partition repository, Guid id, TimeSpan lifetime, CancellationToken cancellationToken)
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
