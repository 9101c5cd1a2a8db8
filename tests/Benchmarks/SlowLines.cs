using System.Diagnostics;
using System.Net;
using Registry.Tests;
using Registry.Tests.Server;

namespace Registry.Benchmarks;

/// <summary>Many clients on slow lines beside one at full speed: its time, and the memory of the registry.</summary>
/// <param name="clients">Number of slow clients; every second one sends its body chunked, the others with its length.</param>
/// <param name="rate">Bytes per second of each.</param>
/// <param name="limit">Longest time that is waited for one push.</param>
sealed class SlowLines(int clients, int rate, TimeSpan limit)
{
    /// <summary>What each slow client sends takes about this long.</summary>
    static readonly TimeSpan s_slow = TimeSpan.FromSeconds(60);

    readonly byte[] _slow = OciContent.RandomBytes((int)(rate * s_slow.TotalSeconds));

    public async Task RunAsync(IEnumerable<Contestant> all, Report report)
    {
        foreach (var registry in all)
        {
            await PushAsync(registry, 64 << 20);
            registry.TakePeakMemory();
            report.Add("200 kB alone", "s", registry.Name, await PushAsync(registry, 200_000));
            report.Add("64 MiB alone", "s", registry.Name, await PushAsync(registry, 64 << 20));
            if (registry.TakePeakMemory() is { } alone) report.Add("memory peak, alone", "MiB", registry.Name, alone);

            using var end = new CancellationTokenSource(limit + s_slow);
            var slow = Enumerable.Range(0, clients).Select(i => PushSlowlyAsync(registry, (Framing)(i % 2), end.Token)).ToList();
            // All have begun, and the first ones have sent what fills a block.
            await Task.Delay(TimeSpan.FromSeconds(10), end.Token);
            var (large, small) = (PushAsync(registry, 64 << 20), PushAsync(registry, 200_000));
            report.Add($"200 kB beside {clients} slow clients", "s", registry.Name, await small);
            report.Add($"64 MiB beside {clients} slow clients", "s", registry.Name, await large);
            var stored = (await Task.WhenAll(slow)).Count(stored => stored);
            report.Add("slow pushes that succeed", $"of {clients}", registry.Name, stored);
            if (registry.TakePeakMemory() is { } peak) report.Add($"memory peak, {clients} slow clients", "MiB", registry.Name, peak);
        }
    }

    /// <summary>Pushes a new blob at full speed.</summary>
    /// <returns>Seconds; the limit if it took longer.</returns>
    async Task<double> PushAsync(Contestant registry, int size)
    {
        var content = OciContent.RandomBytes(size);
        var digest = OciContent.DigestOf(content);
        var name = TestRegistry.NewName();
        using var timeout = new CancellationTokenSource(limit);
        var watch = Stopwatch.StartNew();
        try
        {
            using var begun = await registry.Http.PostAsync($"/v2/{name}/blobs/uploads/", null, timeout.Token);
            using var put = await registry.Http.PutAsync(
                OciContent.Closing(begun.Headers.Location!.OriginalString, digest), OciContent.Body(content), timeout.Token);
            if (put.StatusCode != HttpStatusCode.Created) throw new HttpRequestException($"PUT: {put.StatusCode}");
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            Console.Error.WriteLine($"{registry.Name} did not store {size} bytes within {limit}.");
        }
        return watch.Elapsed.TotalSeconds;
    }

    /// <returns>Whether the registry took the whole body.</returns>
    async Task<bool> PushSlowlyAsync(Contestant registry, Framing framing, CancellationToken cancellationToken)
    {
        using var client = new HttpClient { BaseAddress = registry.Http.BaseAddress, Timeout = Timeout.InfiniteTimeSpan };
        using var content = new SlowContent(_slow, framing) { Rate = rate };
        try
        {
            using var begun = await client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null, cancellationToken);
            using var patched = await client.PatchAsync(begun.Headers.Location, content, cancellationToken);
            return patched.StatusCode == HttpStatusCode.Accepted;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            return false;
        }
    }
}
