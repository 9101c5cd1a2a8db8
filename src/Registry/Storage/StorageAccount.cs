using Azure;
using Azure.Core;
using Azure.Data.Tables;
using Azure.Identity;
using Azure.Storage.Blobs;
using Microsoft.Extensions.Options;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>The storage account that holds a registry: clients for its tables and containers, and nothing else.</summary>
public sealed class StorageAccount
{
    readonly TableClient _repositories;
    readonly TableClient _digests;
    readonly TableClient _catalog;

    /// <exception cref="InvalidOperationException">The settings name no storage account.</exception>
    public StorageAccount(IOptions<RegistryOptions> options, StorageTransactions transactions)
    {
        ArgumentNullException.ThrowIfNull(options);
        Options = options.Value.Storage;
        Transactions = transactions;
        // The newest version that the emulator knows; the registry needs nothing later.
        var blobOptions = Count(new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05), transactions);
        var tableOptions = Count(new TableClientOptions(), transactions);

        TableServiceClient tables;
        if (!string.IsNullOrEmpty(Options.ConnectionString))
        {
            Blobs = new BlobServiceClient(Options.ConnectionString, blobOptions);
            tables = new TableServiceClient(Options.ConnectionString, tableOptions);
        }
        else if (Options is { BlobUri: { } blobUri, TableUri: { } tableUri })
        {
            TokenCredential credential = Options.ManagedIdentityClientId is { Length: > 0 } id
                ? new ManagedIdentityCredential(ManagedIdentityId.FromUserAssignedClientId(id))
                : new DefaultAzureCredential();
            Blobs = new BlobServiceClient(blobUri, credential, blobOptions);
            tables = new TableServiceClient(tableUri, credential, tableOptions);
        }
        else
        {
            throw new InvalidOperationException(
                "No storage account is configured: set Registry:Storage:ConnectionString, or Registry:Storage:BlobUri and Registry:Storage:TableUri.");
        }

        _repositories = tables.GetTableClient(Layout.RepositoriesTable);
        _digests = tables.GetTableClient(Layout.DigestsTable);
        _catalog = tables.GetTableClient(Layout.CatalogTable);
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

    internal Partition Catalog => new(_catalog, Layout.CatalogPartition);

    internal Partition Repository(RepositoryName name) => new(_repositories, Layout.Key(name));

    internal Partition Digest(Digest digest) => new(_digests, digest.ToString());

    /// <summary>Creates the tables and containers that are not there yet. Where infrastructure code made them, it is not needed.</summary>
    /// <exception cref="RequestFailedException">The storage account refuses or cannot be reached.</exception>
    public Task CreateAsync(CancellationToken cancellationToken) => Task.WhenAll(
        _repositories.CreateIfNotExistsAsync(cancellationToken),
        _digests.CreateIfNotExistsAsync(cancellationToken),
        _catalog.CreateIfNotExistsAsync(cancellationToken),
        BlobObjects.CreateIfNotExistsAsync(cancellationToken: cancellationToken),
        UploadObjects.CreateIfNotExistsAsync(cancellationToken: cancellationToken));

    /// <summary>
    /// A collector spares what is younger than the grace period. A request that hangs before it links what it found or
    /// committed gives up long before that, so it never links what was collected.
    /// </summary>
    internal CancellationTokenSource LinkDeadline(CancellationToken cancellationToken)
    {
        var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Options.Grace / 8);
        return deadline;
    }

    static T Count<T>(T options, StorageTransactions transactions)
        where T : ClientOptions
    {
        options.AddPolicy(transactions, HttpPipelinePosition.PerRetry);
        return options;
    }
}
