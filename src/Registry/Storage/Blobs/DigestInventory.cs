using System.Runtime.CompilerServices;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Table <c>digests</c> and container <c>blobs</c>, which have the same order, read side by side, once. Nothing is remembered of a digest
/// but what its <see cref="StoredDigest"/> keeps.
/// </summary>
sealed class DigestInventory : IAsyncDisposable
{
    static readonly string[] s_columns = ["PartitionKey", "RowKey", Columns.Object, Columns.Size];
    static readonly string[] s_columnsWithAges = [.. s_columns, "Timestamp"];

    readonly StorageAccount _account;
    readonly IAsyncEnumerator<(Digest Digest, TableEntity Row)> _rows;
    readonly IAsyncEnumerator<(Digest Digest, BlobItem Item)> _objects;

    /// <param name="account">Where the registry lies.</param>
    /// <param name="after">The text of a digest, to begin behind it; null from the beginning.</param>
    /// <param name="forCollection">Whether rows come with their ages, and objects that were never committed come, too.</param>
    /// <param name="foreignRow">Is told of rows that are not of a digest.</param>
    /// <param name="foreignObject">Is told of objects that do not have the name of one.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
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

    /// <summary>Whether there are rows that have not been read yet.</summary>
    public bool HasRows { get; private set; }

    /// <summary>Whether there are objects that have not been read yet.</summary>
    public bool HasObjects { get; private set; }

    /// <summary>Looks whether there is anything.</summary>
    public async Task BeginAsync()
    {
        HasRows = await _rows.MoveNextAsync();
        HasObjects = await _objects.MoveNextAsync();
    }

    /// <summary>One digest after the other, each with all that there is of it.</summary>
    /// <param name="begin">Makes what is read into.</param>
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
        // Names of objects begin with the digest's text, but for a slash in place of the colon; the container is listed in their order.
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
