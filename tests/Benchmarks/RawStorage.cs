using System.Globalization;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using Azure.Storage.Sas;

namespace Registry.Benchmarks;

/// <summary>The storage account without a registry: the upper bound.</summary>
sealed class RawStorage(string connectionString)
{
    public const string Name = "storage alone";

    readonly BlobContainerClient _container = new(connectionString, "benchmarks");
    readonly TableClient _table = new(connectionString, "benchmarks");

    public string ConnectionString => connectionString;

    /// <summary>Uploads a file in blocks, several at once, as the SDK does.</summary>
    public async Task UploadAsync(string name, string file)
    {
        await _container.CreateIfNotExistsAsync();
        await using var content = File.OpenRead(file);
        var options = new BlobUploadOptions
        {
            TransferOptions = new()
            {
                MaximumConcurrency = 4,
                MaximumTransferSize = 4 << 20,
                InitialTransferSize = 4 << 20
            }
        };
        await _container.GetBlockBlobClient(name).UploadAsync(content, options);
    }

    /// <summary>Uploads a file as an append blob, in sequential pieces of 4 MiB, as distribution does.</summary>
    public async Task AppendAsync(string name, string file)
    {
        await _container.CreateIfNotExistsAsync();
        var blob = _container.GetAppendBlobClient(name);
        await blob.CreateAsync(new AppendBlobCreateOptions());
        await using var content = File.OpenRead(file);
        var piece = new byte[4 << 20];
        int read;
        while ((read = await content.ReadAtLeastAsync(piece, piece.Length, throwOnEndOfStream: false)) > 0)
            await blob.AppendBlockAsync(new MemoryStream(piece, 0, read));
    }

    /// <summary>A URL from which a blob can be read over HTTP.</summary>
    public Uri AddressOf(string name) => _container.GetBlobClient(name)
        .GenerateSasUri(BlobSasPermissions.Read, DateTimeOffset.UtcNow.AddHours(6));

    /// <summary>Inserts a row about as large as a manifest's, and returns how to read it.</summary>
    public async Task<Func<Task>> PrepareRowAsync()
    {
        await _table.CreateIfNotExistsAsync();
        await _table.UpsertEntityAsync(new TableEntity("p", "r")
        {
            ["Body"] = new byte[1000],
            ["MediaType"] = "application/vnd.oci.image.manifest.v1+json"
        });
        return () => _table.GetEntityAsync<TableEntity>("p", "r");
    }

    /// <summary>Fills a partition with rows as small as a tag's.</summary>
    public async Task FillAsync(string partition, int count)
    {
        await _table.CreateIfNotExistsAsync();
        foreach (var rows in Enumerable.Range(0, count).Chunk(100))
        {
            await _table.SubmitTransactionAsync(rows.Select(i => new TableTransactionAction(
                TableTransactionActionType.UpsertReplace,
                    new TableEntity(Key(partition), i.ToString("000000", CultureInfo.InvariantCulture)) { ["Size"] = (long)i })));
        }
    }

    /// <summary>Returns how to read one of its rows.</summary>
    public Func<Task> ReaderOf(string partition, int row) =>
        () => _table.GetEntityAsync<TableEntity>(Key(partition), row.ToString("000000", CultureInfo.InvariantCulture));

    static string Key(string partition) => partition.Replace('/', ':');
}
