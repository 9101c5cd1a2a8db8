using System.Text;
using Azure;
using Azure.Data.Tables;

namespace Registry.Tests.Storage;

/// <summary>
/// A storage account with a rival that is always faster: each transaction on a certain row is forwarded just after another change
/// of that row.
/// </summary>
sealed class RivalStorage : IAsyncDisposable
{
    readonly TableClient _repositories;
    readonly TableEntity _row;
    TableProxy _proxy = null!;
    int _races;

    RivalStorage(string direct, string repository, string row)
    {
        _repositories = new TableClient(direct, "repositories");
        _row = new TableEntity(repository.Replace('/', ':'), row);
    }

    public string ConnectionString => _proxy.ConnectionString;

    /// <summary>Whether it still races.</summary>
    public bool IsActive { get; set; } = true;

    /// <summary>Number of races that it won.</summary>
    public int Races => _races;

    public static async Task<RivalStorage> StartAsync(string direct, string repository, string row)
    {
        var rival = new RivalStorage(direct, repository, row);
        rival._proxy = await TableProxy.StartAsync(direct, rival.InterceptAsync);
        return rival;
    }

    public ValueTask DisposeAsync() => _proxy.DisposeAsync();

    async Task<HttpResponseMessage> InterceptAsync(TableRequest request, Func<Task<HttpResponseMessage>> forward)
    {
        if (IsActive && request.Target.Contains("$batch", StringComparison.Ordinal)
            && Encoding.UTF8.GetString(request.Body).Contains($"\"RowKey\":\"{_row.RowKey}\"", StringComparison.Ordinal))
        {
            Interlocked.Increment(ref _races);
            await _repositories.UpdateEntityAsync(_row, ETag.All);
        }
        return await forward();
    }
}
