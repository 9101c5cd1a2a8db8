using Azure;
using Azure.Data.Tables;
using Registry.Hashing;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>An upload session: the row <c>u:</c> of a repository, which is written with the first bytes.</summary>
/// <param name="Id">UUID in the session's Location URL.</param>
/// <param name="Algorithm">Algorithm that hashes the content: the one that the client announced, else SHA-256.</param>
/// <param name="Offset">Number of bytes received and acknowledged: those of the blocks and of the rest.</param>
/// <param name="Blocks">Staged blocks.</param>
/// <param name="DigestState">State of the digest over the blocks (<see cref="RunningDigest.Export"/>).</param>
/// <param name="Rest">The bytes after the blocks: all bytes of a small upload.</param>
/// <param name="Attempt">Id of the write of this row: recognizes a write whose answer was lost.</param>
/// <param name="HasEnded">Whether it was finished or cancelled.</param>
/// <param name="Done">Digest with which the session was finished; null while it is open, and when it was cancelled.</param>
/// <param name="ETag">ETag of the row; default when there is none yet.</param>
sealed record UploadSession(
    Guid Id,
    DigestAlgorithm Algorithm,
    long Offset,
    StagedBlocks Blocks,
    byte[] DigestState,
    byte[] Rest,
    string Attempt,
    bool HasEnded,
    Digest? Done,
    ETag ETag)
{
    /// <summary>
    /// Bytes that are kept in the row instead of a block: most configs, signatures and charts. A row can have 1 MiB; this much is not
    /// slower to write than a block.
    /// </summary>
    public const int MaxRest = 128 * 1024;

    /// <summary>After blocks it only spares the smallest blocks: the row is read and written with each request.</summary>
    public const int MaxRestAfterBlocks = 32 * 1024;

    public bool IsStored => ETag != default;

    /// <summary>A session without bytes, and without a row.</summary>
    public static UploadSession Begin(SessionReference reference) =>
        new(reference.Id, reference.Algorithm, 0, StagedBlocks.None, [], [], Layout.NewId(), false, null, default);

    public RunningDigest ContinueDigest() => RunningDigest.Create(Algorithm, DigestState);

    /// <summary>The session without its bytes, after it was finished or cancelled.</summary>
    public UploadSession End(Digest? done) => this with
    {
        Blocks = StagedBlocks.None,
        DigestState = [],
        Rest = [],
        Attempt = Layout.NewId(),
        HasEnded = true,
        Done = done,
    };

    /// <summary>The action that writes the session, on the condition that its row is as it was read.</summary>
    public TableTransactionAction ToWrite(Partition repository) =>
        IsStored ? Partition.Replace(ToRow(repository), ETag) : Partition.Insert(ToRow(repository));

    TableEntity ToRow(Partition repository)
    {
        var row = repository.Row(Layout.Upload(Id));
        row[Columns.Algorithm] = Algorithm.Name;
        row[Columns.Offset] = Offset;
        row[Columns.Attempt] = Attempt;
        row.SetBytes(Columns.Blocks, Blocks.Packed);
        row.SetBytes(Columns.DigestState, DigestState);
        row.SetBytes(Columns.Rest, Rest);
        if (HasEnded) row[Columns.Done] = Done?.ToString() ?? "";
        return row;
    }

    /// <summary>Reads a session.</summary>
    /// <param name="repository">Repository of the session; sessions do not exist in other repositories.</param>
    /// <param name="id">UUID in the session's Location URL.</param>
    /// <param name="lifetime">Time after which a session without requests expires.</param>
    /// <param name="cancellationToken">Cancels the request.</param>
    /// <returns>The session, and whether it has a row; null with a row when it has expired or is marked for deletion.</returns>
    [ProtocolStep(ProtocolStep.ReadSession)]
    public static async Task<(UploadSession? Session, bool HasRow)> ReadAsync(
        Partition repository, Guid id, TimeSpan lifetime, CancellationToken cancellationToken)
    {
        var (row, now) = await repository.ReadWithTimeAsync(Layout.Upload(id), cancellationToken);
        if (row is null) return (null, false);
        if (now - row.Timestamp > lifetime || row.GetBoolean(Columns.MarkedForDeletion) == true) return (null, true);
        var done = row.ContainsKey(Columns.Done) ? row.GetString(Columns.Done) : null;
        return (new UploadSession(
            id,
            DigestAlgorithm.Parse(row.GetString(Columns.Algorithm)),
            row.GetInt64(Columns.Offset) ?? 0,
            new StagedBlocks(row.GetBytes(Columns.Blocks)),
            row.GetBytes(Columns.DigestState),
            row.GetBytes(Columns.Rest),
            row.GetString(Columns.Attempt),
            done is not null,
            done is { Length: > 0 } ? Digest.Parse(done) : null,
            row.ETag), true);
    }
}
