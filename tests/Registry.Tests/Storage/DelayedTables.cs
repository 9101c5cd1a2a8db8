using System.Net;

namespace Registry.Tests.Storage;

/// <summary>
/// The tables of the shared Azurite, which delay one request until <see cref="Release"/>, whether its sender still waits or not.
/// All others pass.
/// </summary>
sealed class DelayedTables : IAsyncDisposable
{
    readonly TaskCompletionSource _arrived = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly TaskCompletionSource<HttpStatusCode> _executed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    readonly Func<TableRequest, bool> _isLate;
    TableProxy _proxy = null!;

    DelayedTables(Func<TableRequest, bool> isLate) => _isLate = isLate;

    public string ConnectionString => _proxy.ConnectionString;

    /// <summary>Completes when the late request has arrived.</summary>
    public Task Arrived => _arrived.Task;

    /// <summary>The storage's answer to the late request.</summary>
    public Task<HttpStatusCode> Executed => _executed.Task;

    /// <param name="isLate">Selects the late request; the first match is delayed.</param>
    public static async Task<DelayedTables> StartAsync(Func<TableRequest, bool> isLate)
    {
        var tables = new DelayedTables(isLate);
        tables._proxy = await TableProxy.StartAsync(await SharedAzurite.GetConnectionStringAsync(), tables.InterceptAsync);
        return tables;
    }

    public void Release() => _released.TrySetResult();

    public async ValueTask DisposeAsync()
    {
        Release();
        await _proxy.DisposeAsync();
    }

    async Task<HttpResponseMessage> InterceptAsync(TableRequest request, Func<Task<HttpResponseMessage>> forward)
    {
        if (!_isLate(request) || !_arrived.TrySetResult()) return await forward();
        await _released.Task;
        var answer = await forward();
        _executed.SetResult(answer.StatusCode);
        return answer;
    }
}
