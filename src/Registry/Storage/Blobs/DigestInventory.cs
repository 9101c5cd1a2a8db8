using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Reads table <c>digests</c> and container <c>blobs</c>, which have the same order, side by side in one pass. It keeps nothing of a
/// digest in memory but what its <see cref="StoredDigest"/> keeps.
/// </summary>
sealed class DigestInventory : IAsyncDisposable
{
    static readonly string[] s_columns = ["PartitionKey", "RowKey", Columns.Object, Columns.Size];
    static readonly string[] s_columnsWithAges = [.. s_columns, "Timestamp"];

    readonly StorageAccount _account;
    readonly IAsyncEnumerator<(Digest Digest, TableEntity Row)> _rows;
    readonly IAsyncEnumerator<(Digest Digest, BlobItem Item)> _objects;

    /// <param name="account">Storage account of the registry.</param>
    /// <param name="after">Text of a digest, to start after it; null to start at the beginning.</param>
    /// <param name="forCollection">Whether to read the timestamps of rows, and objects that were never committed.</param>
    /// <param name="foreignRow">Receives rows whose partition key is not a digest.</param>
    /// <param name="foreignObject">Receives objects whose name does not contain a digest.</param>
    /// <param name="cancellationToken">Cancels the reading.</param>
    public DigestInventory(
        StorageAccount account,
        string? after,
        bool forCollection,
        Action<TableEntity> foreignRow,
        Action<BlobItem> foreignObject,
        CancellationToken cancellationToken)
    {
        _account = account;
        _rows = ReadRowsAsync(after, forCollection, foreignRow, cancellationToken).GetAsyncEnumerator(cancellationToken);
        _objects = ReadObjectsAsync(after, forCollection, foreignObject, cancellationToken).GetAsyncEnumerator(cancellationToken);
    }

    /// <summary>Whether unread rows remain.</summary>
    public bool HasRows { get; private set; }

    /// <summary>Whether unread objects remain.</summary>
    public bool HasObjects { get; private set; }

    /// <summary>Reads the first row and the first object.</summary>
    public async Task BeginAsync()
    {
        HasRows = await _rows.MoveNextAsync();
        HasObjects = await _objects.MoveNextAsync();
    }

    /// <summary>The digests in order, each with its rows and objects.</summary>
    /// <param name="begin">Creates the instance that receives the rows and objects of a digest.</param>
    public async IAsyncEnumerable<T> ReadAsync<T>(Func<Digest, T> begin)
        where T : StoredDigest
    {
        while (HasRows || HasObjects)
        {
            var isRowNext = HasRows && (!HasObjects || IsInOrder(_rows.Current.Digest, _objects.Current.Digest));
            var stored = begin(isRowNext ? _rows.Current.Digest : _objects.Current.Digest);
            for (; HasRows && _rows.Current.Digest == stored.Digest; HasRows = await _rows.MoveNextAsync())
            {
                if (_rows.Current.Row.RowKey == Layout.ContentRow) stored.Content = _rows.Current.Row;
                else stored.AddOwner(_rows.Current.Row);
            }
            for (; HasObjects && _objects.Current.Digest == stored.Digest; HasObjects = await _objects.MoveNextAsync())
                stored.AddObject(_objects.Current.Item);
            yield return stored;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _rows.DisposeAsync();
        await _objects.DisposeAsync();
    }

    static bool IsInOrder(Digest first, Digest second) => string.CompareOrdinal(first.ToString(), second.ToString()) <= 0;

    [ProtocolStep(ProtocolStep.ReadContent)]
    [ProtocolStep(ProtocolStep.ReadOwners)]
    async IAsyncEnumerable<(Digest Digest, TableEntity Row)> ReadRowsAsync(
        string? after, bool withAges, Action<TableEntity> foreign, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var filter = after is null ? null : TableClient.CreateQueryFilter($"PartitionKey gt {after}");
        var columns = withAges ? s_columnsWithAges : s_columns;
        await foreach (var row in _account.Digests.QueryAsync<TableEntity>(filter, Partition.MaxPage, columns, cancellationToken))
        {
            if (Digest.TryParse(row.PartitionKey, out var digest)) yield return (digest, row);
            else foreign(row);
        }
    }

    [ProtocolStep(ProtocolStep.ListObjects)]
    async IAsyncEnumerable<(Digest Digest, BlobItem Item)> ReadObjectsAsync(
        string? after, bool withUncommitted, Action<BlobItem> foreign, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        // Names of objects begin with the digest's text, with a slash for the colon; the container lists them in the order of the digests.
        var options = withUncommitted
            ? new GetBlobsOptions { States = BlobStates.Uncommitted, Traits = BlobTraits.Metadata }
            : new GetBlobsOptions();
        await foreach (var item in _account.BlobObjects.GetBlobsAsync(options, cancellationToken))
        {
            if (Layout.DigestOfObject(item.Name) is not { } digest) foreign(item);
            else if (after is null || string.CompareOrdinal(digest.ToString(), after) > 0) yield return (digest, item);
        }
    }
}
