using System.Diagnostics.Metrics;
using Azure.Core;
using Azure.Core.Pipeline;

namespace Registry.Storage;

/// <summary>Counts the transactions that the storage account bills: every request sent to it, retries included.</summary>
/// <remarks>
/// Metric <c>registry.storage.transactions</c>, with attributes <c>service</c> and <c>method</c> (HTTP method), and metric
/// <c>registry.storage.shared_reads</c>.
/// </remarks>
public sealed class StorageTransactions(IMeterFactory meters) : HttpPipelineSynchronousPolicy
{
    public const string MeterName = "Registry.Storage";

    readonly Counter<long> _counter = meters.Create(MeterName)
        .CreateCounter<long>("registry.storage.transactions", "{transaction}", "Requests sent to the storage account.");

    readonly Counter<long> _shared = meters.Create(MeterName)
        .CreateCounter<long>("registry.storage.shared_reads", "{read}", "Reads that took the answer of a request sent for another.");

    long _total;

    /// <summary>Transactions since the process started.</summary>
    public long Total => Interlocked.Read(ref _total);

    /// <summary>Counts a read that needed no transaction (<see cref="SharedReads{TKey, TResult}"/>).</summary>
    internal void CountShared() => _shared.Add(1);

    public override void OnSendingRequest(HttpMessage message)
    {
        ArgumentNullException.ThrowIfNull(message);
        Interlocked.Increment(ref _total);
        _counter.Add(
            1,
            new KeyValuePair<string, object?>(
                "service", message.Request.Headers.TryGetValue("DataServiceVersion", out _) ? "table" : "blob"),
            new KeyValuePair<string, object?>("method", message.Request.Method.Method));
    }
}
