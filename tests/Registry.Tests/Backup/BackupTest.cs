using System.Net;
using System.Text.Json;
using Azure.Data.Tables;
using Registry.Backup;
using Registry.Storage;
using Registry.Tests.Integrity;
using Xunit;

namespace Registry.Tests.Backup;

/// <summary>A registry is copied from one storage account to another.</summary>
public abstract class BackupTest : IAsyncLifetime
{
    private protected HealthyRegistry Source { get; private set; } = null!;

    private protected HealthyRegistry Target { get; private set; } = null!;

    public async Task InitializeAsync() => (Source, Target) = (await HealthyRegistry.StartNewAsync(),
        await HealthyRegistry.StartNewAsync());

    public async Task DisposeAsync()
    {
        await Source.DisposeAsync();
        await Target.DisposeAsync();
    }

    private protected Task<CopyReport> BackUpAsync(List<CopyProblem>? problems = null) =>
        Copy(Source, Target, problems).BackUpAsync(CancellationToken.None);

    private protected static RegistryCopy Copy(HealthyRegistry source, HealthyRegistry target, List<CopyProblem>? problems = null) =>
        new(source.Registry.Get<StorageAccount>(), target.Registry.Get<CopyTarget>(), problem => problems?.Add(problem));

    private protected Task<byte[]> PushImageAsync(string name, string tag, params byte[][] layers) =>
        Source.Client.PushImageAsync(name, tag, layers);

    private protected static async Task<int> CountObjectsAsync(HealthyRegistry registry) =>
        await registry.Blobs.GetBlobsAsync().CountAsync();

    /// <summary>
    /// The contents of a registry, without what belongs to one storage: names of objects, marks of a collector, and pending
    /// requests.
    /// </summary>
    /// <param name="registry">The registry to list.</param>
    /// <param name="takes">Selects rows by their keys; null for all.</param>
    private protected static async Task<List<string>> ListAsync(HealthyRegistry registry, Func<string, bool>? takes = null)
    {
        var rows = new List<string>();
        await foreach (var row in registry.Repositories.QueryAsync<TableEntity>())
        {
            if (row.RowKey[..2] is "u:" or "p:" || takes?.Invoke(row.RowKey) == false) continue;
            rows.Add($"{row.PartitionKey.Replace(':', '/')} {Describe(row)}");
        }
        return rows;
    }

    /// <summary>Whether clients can see the row: neither usage nor tombstones.</summary>
    private protected static bool IsServed(string row) => row[..2] is not ("l:" or "x:");

    private protected static async Task RefusedAsync(string expected, Func<Task> copy) =>
        Assert.Contains(expected, (await Assert.ThrowsAsync<CopyRefusedException>(copy)).Message, StringComparison.Ordinal);

    private protected static async Task ExpectAsync(Task<HttpResponseMessage> request, params HttpStatusCode[] expected)
    {
        using var answer = await request;
        Assert.Contains(answer.StatusCode, expected);
    }

    static string Describe(TableEntity row)
    {
        string[] own = ["odata.etag", "Timestamp", "PartitionKey", "Object", "MarkedForDeletion"];
        return JsonSerializer.Serialize(new SortedDictionary<string,
            object?>(row.Where(column => !own.Contains(column.Key)).ToDictionary(), StringComparer.Ordinal));
    }
}
