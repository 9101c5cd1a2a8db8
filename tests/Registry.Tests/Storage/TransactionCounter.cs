using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Registry.Storage;

namespace Registry.Tests.Storage;

/// <summary>
/// Counts the storage requests of this process's registries, by service (<c>blob</c>, <c>table</c>) and HTTP method.
/// </summary>
sealed class TransactionCounter : IDisposable
{
    readonly ConcurrentDictionary<(string Service, string Method), int> _counts = new();
    readonly MeterListener _listener = new();

    public TransactionCounter(params TestRegistry[] registries)
    {
        var factories = registries.Select(registry => registry.Get<IMeterFactory>()).ToList();
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == StorageTransactions.MeterName && factories.Contains(instrument.Meter.Scope))
                listener.EnableMeasurementEvents(instrument);
        };
        _listener.SetMeasurementEventCallback<long>((_, _, tags, _) =>
            _counts.AddOrUpdate(((string)tags[0].Value!, (string)tags[1].Value!), 1, (_, count) => count + 1));
        _listener.Start();
    }

    public int this[string service, string method] => _counts.GetValueOrDefault((service, method));

    public IEnumerable<(string Service, string Method, int Count)> All =>
        _counts.Select(pair => (pair.Key.Service, pair.Key.Method, pair.Value));

    public void Clear() => _counts.Clear();

    public void Dispose() => _listener.Dispose();
}
