using System.Runtime.CompilerServices;
using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Specialized;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>Azure clients for the tables and containers of the storage account that contains the registry.</summary>
public sealed class StorageAccount
{
    readonly TableServiceClient _tables;
    readonly TableClient _repositories;
    readonly TableClient _digests;
    readonly TableClient _catalog;
    readonly TableClient _access;
    readonly SharedRows _shared;

    /// <exception cref="InvalidOperationException">The settings name no storage account.</exception>
    public StorageAccount(IOptions<RegistryOptions> options, StorageTransactions transactions)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Value.Storage;
        Transactions = transactions;
        _shared = new SharedRows(transactions.CountShared);
        // The newest version that the emulator supports; the registry needs no later one.
        var blobOptions = Count(new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05), transactions);
        var tableOptions = Count(new TableClientOptions(), transactions);

        if (!string.IsNullOrEmpty(Options.ConnectionString))
        {
            Blobs = new BlobServiceClient(Options.ConnectionString, blobOptions);
            _tables = new TableServiceClient(Options.ConnectionString, tableOptions);
        }
        else if (Options is { BlobUri: { } blobUri, TableUri: { } tableUri })
        {
            var credential = FindCredential(Options);
            Blobs = new BlobServiceClient(blobUri, credential, blobOptions);
            _tables = new TableServiceClient(tableUri, credential, tableOptions);
        }
        else
        {
            throw new InvalidOperationException(
                "No storage account is configured: set Registry:Storage:ConnectionString, " +
                "or Registry:Storage:BlobUri and Registry:Storage:TableUri.");
        }

        _repositories = _tables.GetTableClient(Layout.RepositoriesTable);
        _digests = _tables.GetTableClient(Layout.DigestsTable);
        _catalog = _tables.GetTableClient(Layout.CatalogTable);
        _access = _tables.GetTableClient(Layout.AccessTable);
        BlobObjects = Blobs.GetBlobContainerClient(Layout.BlobsContainer);
        UploadObjects = Blobs.GetBlobContainerClient(Layout.UploadsContainer);
    }

    public StorageOptions Options { get; }

    public StorageTransactions Transactions { get; }

    /// <summary>The address of the account's blob service.</summary>
    public Uri Endpoint => Blobs.Uri;

    internal BlobServiceClient Blobs { get; }

    internal BlobContainerClient BlobObjects { get; }

    internal BlobContainerClient UploadObjects { get; }

    internal Partition TokenKeys => new(_access, Layout.KeysPartition);

    internal Partition Catalog => new(_catalog, Layout.CatalogPartition);

    internal Partition Pulls => new(_catalog, Layout.PullsPartition);

    /// <summary>The id of this registry, or of the one that it is a backup of.</summary>
    internal Partition Marks => new(_catalog, Layout.MarksPartition);

    internal Partition Collections => new(_catalog, Layout.CollectionsPartition);

    internal Partition Usage => new(_catalog, Layout.UsagePartition);

    /// <summary>Table <c>repositories</c>, for operations over all repositories.</summary>
    internal TableClient Repositories => _repositories;

    /// <summary>Table <c>digests</c>, for operations over all digests.</summary>
    internal TableClient Digests => _digests;

    internal Partition Repository(RepositoryName name) => RepositoryOf(Layout.Key(name));

    internal Partition RepositoryOf(string key) => new(_repositories, key, _shared);

    /// <summary>
    /// The keys of all repositories, in order: one transaction for each. The catalog contains only those that a manifest was pushed to.
    /// </summary>
    internal IAsyncEnumerable<string> RepositoryKeysAsync(CancellationToken cancellationToken) =>
        RepositoryKeysAsync(after: null, cancellationToken);

    /// <summary>The same, after a key.</summary>
    internal async IAsyncEnumerable<string> RepositoryKeysAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var key = await NextAsync(after, cancellationToken); key is not null; key = await NextAsync(key, cancellationToken))
            yield return key;

        async Task<string?> NextAsync(string? last, CancellationToken cancel)
        {
            var filter = last is null ? null : TableClient.CreateQueryFilter($"PartitionKey gt {last}");
            await foreach (var row in _repositories.QueryAsync<TableEntity>(filter, 1, ["PartitionKey"], cancel)) return row.PartitionKey;
            return null;
        }
    }

    /// <summary>The object on which the chunks of a session are staged until their digest is known.</summary>
    internal BlockBlobClient StagingObject(Guid session) => UploadObjects.GetBlockBlobClient(Layout.UploadObject(session));

    internal Partition Digest(Digest digest) => new(_digests, digest.ToString());

    /// <summary>
    /// Prepares the account before the first request: creates tables and containers if <see cref="StorageOptions.Create"/> says so.
    /// </summary>
    /// <exception cref="RequestFailedException">The storage account refuses or cannot be reached.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) =>
        Options.ShouldCreate ? CreateAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Creates the tables and containers that are missing.</summary>
    /// <exception cref="RequestFailedException">The storage account refuses or cannot be reached.</exception>
    public Task CreateAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [.. Layout.Tables.Select(Task (table) => _tables.GetTableClient(table).CreateIfNotExistsAsync(cancellationToken)),
         .. Layout.Containers.Select(Task (container) =>
             Blobs.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken))]);

    /// <summary>
    /// Checks that the account is reachable, and that every table and container exists and is readable: one transaction each.
    /// </summary>
    /// <exception cref="RequestFailedException">One is missing, or the storage account refuses or cannot be reached.</exception>
    public Task CheckAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [.. Layout.Tables.Select(table => ReadOneRowAsync(_tables.GetTableClient(table), cancellationToken)),
         .. Layout.Containers.Select(Task (container) =>
             Blobs.GetBlobContainerClient(container).GetPropertiesAsync(cancellationToken: cancellationToken))]);

    /// <summary>The deadline of a request from its first commit, or from finding existing content, to its link.</summary>
    internal CommitDeadline LinkDeadline(CancellationToken cancellationToken) => new(Options.GracePeriod / 8, cancellationToken);

    internal static TokenCredential FindCredential(StorageOptions options) => options.ManagedIdentityClientId is { Length: > 0 } id
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(id))
        : new DefaultAzureCredential();

    static async Task ReadOneRowAsync(TableClient table, CancellationToken cancellationToken)
    {
        var pages = table.QueryAsync<TableEntity>(maxPerPage: 1, select: [], cancellationToken: cancellationToken).AsPages();
        await foreach (var _ in pages) return;
    }

    static T Count<T>(T options, StorageTransactions transactions)
        where T : ClientOptions
    {
        options.AddPolicy(transactions, HttpPipelinePosition.PerRetry);
        return options;
    }
}
