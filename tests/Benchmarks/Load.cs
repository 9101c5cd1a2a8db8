using System.Diagnostics;

namespace Registry.Benchmarks;

/// <summary>Result of a load of equal requests.</summary>
/// <param name="PerSecond">Requests per second.</param>
/// <param name="Slowest">99th percentile of the latency, in milliseconds.</param>
readonly record struct LoadResult(double PerSecond, double Slowest);

/// <summary>Sends equal requests with a fixed concurrency, each as soon as the previous one is answered.</summary>
static class Load
{
    /// <summary>
    /// Media types that every client accepts; some registries return an OCI manifest only if its type is listed.
    /// </summary>
    public const string Accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*";

    public static async Task<LoadResult> RunAsync(int atOnce, TimeSpan time, Func<Task> request)
    {
        // Warm-up: opens connections and compiles code.
        await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => request()));
        var watch = Stopwatch.StartNew();
        var all = await Task.WhenAll(Enumerable.Range(0, atOnce).Select(async _ =>
        {
            var times = new List<double>();
            while (watch.Elapsed < time)
            {
                var began = Stopwatch.GetTimestamp();
                await request();
                times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }
            return times;
        }));
        var seconds = watch.Elapsed.TotalSeconds;
        var sorted = all.SelectMany(times => times).Order().ToList();
        return new(sorted.Count / seconds, sorted[(int)(sorted.Count * 0.99)]);
    }

    /// <summary>One GET or HEAD, with the body read to its end.</summary>
    public static async Task SendAsync(HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{method} {path}: {answer.StatusCode}");
        await answer.Content.CopyToAsync(Stream.Null);
    }
}
