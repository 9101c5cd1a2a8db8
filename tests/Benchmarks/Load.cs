using System.Diagnostics;

namespace Registry.Benchmarks;

/// <summary>What a load of equal requests came to.</summary>
/// <param name="PerSecond">Requests answered in a second.</param>
/// <param name="Slowest">What 99 of 100 were faster than, in milliseconds.</param>
readonly record struct LoadResult(double PerSecond, double Slowest);

/// <summary>Sends equal requests, so many at a time, each as soon as the one before it is answered.</summary>
static class Load
{
    /// <summary>What every client takes; some registries give an OCI manifest to nobody who does not name its type.</summary>
    public const string Accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.oci.image.index.v1+json, */*";

    public static async Task<LoadResult> RunAsync(int atOnce, TimeSpan time, Func<Task> request)
    {
        // Connections, and code that is compiled on its first use, are no part of it.
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

    /// <summary>One GET or HEAD, read to its end.</summary>
    public static async Task SendAsync(HttpClient client, HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.TryAddWithoutValidation("Accept", Accept);
        using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
        if (!answer.IsSuccessStatusCode) throw new HttpRequestException($"{method} {path}: {answer.StatusCode}");
        await answer.Content.CopyToAsync(Stream.Null);
    }
}
