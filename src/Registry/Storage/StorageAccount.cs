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

/// <summary>The storage account that holds a registry: clients for its tables and containers, and nothing else.</summary>
public sealed class StorageAccount
{
    readonly TableServiceClient _tables;
    readonly TableClient _repositories;
    readonly TableClient _digests;
    readonly TableClient _catalog;
    readonly TableClient _access;

    /// <exception cref="InvalidOperationException">The settings name no storage account.</exception>
    public StorageAccount(IOptions<RegistryOptions> options, StorageTransactions transactions)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Value.Storage;
        Transactions = transactions;
        // The newest version that the emulator knows; the registry needs nothing later.
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
                "No storage account is configured: set Registry:Storage:ConnectionString, or Registry:Storage:BlobUri and Registry:Storage:TableUri.");
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

    /// <summary>The address of its blob service.</summary>
    public Uri Endpoint => Blobs.Uri;

    internal BlobServiceClient Blobs { get; }

    internal BlobContainerClient BlobObjects { get; }

    internal BlobContainerClient UploadObjects { get; }

    internal Partition TokenKeys => new(_access, Layout.KeysPartition);

    internal Partition Catalog => new(_catalog, Layout.CatalogPartition);

    internal Partition Pulls => new(_catalog, Layout.PullsPartition);

    /// <summary>Which registry this is, or is a backup of.</summary>
    internal Partition Marks => new(_catalog, Layout.MarksPartition);

    internal Partition Collections => new(_catalog, Layout.CollectionsPartition);

    internal Partition Usage => new(_catalog, Layout.UsagePartition);

    /// <summary>All repositories, for who goes through them one by one.</summary>
    internal TableClient Repositories => _repositories;

    /// <summary>All digests, likewise.</summary>
    internal TableClient Digests => _digests;

    internal Partition Repository(RepositoryName name) => RepositoryOf(Layout.Key(name));

    internal Partition RepositoryOf(string key) => new(_repositories, key);

    /// <summary>The keys of all repositories, in order: one transaction for each. The catalog knows only those that have had a manifest.</summary>
    internal IAsyncEnumerable<string> RepositoryKeysAsync(CancellationToken cancellationToken) => RepositoryKeysAsync(after: null, cancellationToken);

    /// <summary>The same, behind a key.</summary>
    internal async IAsyncEnumerable<string> RepositoryKeysAsync(string? after, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var key = await NextAsync(after, cancellationToken); key is not null; key = await NextAsync(key, cancellationToken)) yield return key;

        async Task<string?> NextAsync(string? last, CancellationToken cancel)
        {
            var filter = last is null ? null : TableClient.CreateQueryFilter($"PartitionKey gt {last}");
            await foreach (var row in _repositories.QueryAsync<TableEntity>(filter, 1, ["PartitionKey"], cancel)) return row.PartitionKey;
            return null;
        }
    }

    /// <summary>What the chunks of a session are staged on, until their digest is known.</summary>
    internal BlockBlobClient StagingObject(Guid session) => UploadObjects.GetBlockBlobClient(Layout.UploadObject(session));

    internal Partition Digest(Digest digest) => new(_digests, digest.ToString());

    /// <summary>What a host does before its first request: it creates the tables and containers where it is set to (<see cref="StorageOptions.Create"/>).</summary>
    /// <exception cref="RequestFailedException">The storage account refuses or cannot be reached.</exception>
    public Task PrepareAsync(CancellationToken cancellationToken) => Options.ShouldCreate ? CreateAsync(cancellationToken) : Task.CompletedTask;

    /// <summary>Creates the tables and containers that are not there yet.</summary>
    /// <exception cref="RequestFailedException">The storage account refuses or cannot be reached.</exception>
    public Task CreateAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [.. Layout.Tables.Select(Task (table) => _tables.GetTableClient(table).CreateIfNotExistsAsync(cancellationToken)),
         .. Layout.Containers.Select(Task (container) => Blobs.GetBlobContainerClient(container).CreateIfNotExistsAsync(cancellationToken: cancellationToken))]);

    /// <summary>Whether the account can be reached, and all tables and containers are there and may be read: one transaction for each.</summary>
    /// <exception cref="RequestFailedException">One is missing, or the storage account refuses or cannot be reached.</exception>
    public Task CheckAsync(CancellationToken cancellationToken) => Task.WhenAll(
        [.. Layout.Tables.Select(table => ReadSomethingAsync(_tables.GetTableClient(table), cancellationToken)),
         .. Layout.Containers.Select(Task (container) => Blobs.GetBlobContainerClient(container).GetPropertiesAsync(cancellationToken: cancellationToken))]);

    /// <summary>How long a request may take from what it commits or finds to its link.</summary>
    internal CommitDeadline LinkDeadline(CancellationToken cancellationToken) => new(Options.GracePeriod / 8, cancellationToken);

    internal static TokenCredential FindCredential(StorageOptions options) => options.ManagedIdentityClientId is { Length: > 0 } id
        ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(id))
        : new DefaultAzureCredential();

    static async Task ReadSomethingAsync(TableClient table, CancellationToken cancellationToken)
    {
        await foreach (var _ in table.QueryAsync<TableEntity>(maxPerPage: 1, select: [], cancellationToken: cancellationToken).AsPages()) return;
    }

    static T Count<T>(T options, StorageTransactions transactions)
        where T : ClientOptions
    {
        options.AddPolicy(transactions, HttpPipelinePosition.PerRetry);
        return options;
    }
}
