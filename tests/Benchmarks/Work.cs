using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using Registry.Tests;
using Registry.Tests.Clients;

namespace Registry.Benchmarks;

/// <summary>Prepares a workload, and returns one round of it.</summary>
delegate Task<Func<Task>> Prepare(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report);

/// <summary>The workloads, the same for each registry.</summary>
static class Work
{
    const int MiB = 1 << 20;

    static readonly string[] s_imageClients = ["crane", "skopeo"];

    public static IReadOnlyDictionary<string, Prepare> All { get; } = new Dictionary<string, Prepare>
    {
        ["bulk"] = PrepareBulkAsync,
        ["requests"] = PrepareRequestsAsync,
        ["tags"] = PrepareTagsAsync,
        ["small"] = PrepareSmallAsync,
        ["memory"] = PrepareMemoryAsync,
        ["growth"] = PrepareGrowthAsync,
        ["pulls"] = PreparePullsAsync,
    };

    /// <summary>A layer of 256 MiB, pushed and pulled by each client, and over plain HTTP.</summary>
    static Task<Func<Task>> PrepareBulkAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        const int Size = 256;
        Directory.CreateDirectory(folder);
        var clients = new ClientRun(folder);
        return Task.FromResult<Func<Task>>(async () =>
        {
            var layer = Path.Combine(folder, "layer");
            // New content each time: a registry would not upload again what it has.
            FileDigest.WriteRandom(layer, (long)Size * MiB);
            var digest = FileDigest.Of(layer);
            await MeasureAsync("push, parallel blocks by the SDK", RawStorage.Name, () => storage.UploadAsync("layer", layer));
            await MeasureAsync("push, appended by the SDK", RawStorage.Name, () => storage.AppendAsync("appended", layer));
            using var http = new HttpClient();
            await MeasureAsync("pull over HTTP", RawStorage.Name,
                () => Load.SendAsync(http, HttpMethod.Get, storage.AddressOf("layer").AbsoluteUri));
            foreach (var registry in all)
            {
                var name = TestRegistry.NewName();
                await MeasureAsync("push, oras", registry.Name,
                    () => clients.RunAsync("oras", $"push --plain-http {registry.Host}/{name}-oras:v1 layer"));
                await MeasureAsync("pull over HTTP", registry.Name,
                    () => Load.SendAsync(registry.Http, HttpMethod.Get, $"/v2/{name}-oras/blobs/{digest}"));
                await MeasureAsync("pull, oras", registry.Name,
                    () => clients.RunAsync("oras", $"pull --plain-http -o pulled {registry.Host}/{name}-oras:v1"));
                Directory.Delete(Path.Combine(folder, "pulled"), recursive: true);
            }
            // The client reads from the storage directly, at a URL that the registry returns.
            await using (var redirecting = await Contestant.StartOursAsync(storage.ConnectionString, "--Registry:RedirectDownloads=true"))
            {
                var name = TestRegistry.NewName();
                await clients.RunAsync("oras", $"push --plain-http {redirecting.Host}/{name}:v1 layer");
                await MeasureAsync("pull over HTTP, redirected",
                    redirecting.Name, () => Load.SendAsync(redirecting.Http, HttpMethod.Get, $"/v2/{name}/blobs/{digest}"));
            }
            // A registry that shares layers between repositories would not upload the same layer again.
            foreach (var registry in all)
            {
                foreach (var client in s_imageClients)
                {
                    FileDigest.WriteRandom(layer, (long)Size * MiB);
                    OciLayout.CreateFromLayers(Path.Combine(folder, "layout"), layer);
                    var image = $"{registry.Host}/{TestRegistry.NewName()}:v1";
                    await MeasureAsync($"push, {client}", registry.Name, () => clients.RunAsync(client, client == "crane"
                        ? $"push layout {image}"
                        : $"--insecure-policy copy --preserve-digests --dest-tls-verify=false oci:layout:v1 docker://{image}"));
                    await MeasureAsync($"pull, {client}", registry.Name, () => clients.RunAsync(client, client == "crane"
                        ? $"pull --format oci {image} pulled"
                        : $"--insecure-policy copy --preserve-digests --src-tls-verify=false docker://{image} oci:pulled:v1"));
                    Directory.Delete(Path.Combine(folder, "layout"), recursive: true);
                    Directory.Delete(Path.Combine(folder, "pulled"), recursive: true);
                }
            }
        });

        async Task MeasureAsync(string work, string who, Func<Task> run)
        {
            // Flush pending writes, so that the next registry does not wait for them.
            (await Command.RunAsync("sync", [])).Succeeded();
            var watch = Stopwatch.StartNew();
            await run();
            report.Add(work, "MiB/s", who, Size / watch.Elapsed.TotalSeconds);
        }
    }

    /// <summary>Small requests, 16 concurrent, for five seconds.</summary>
    static async Task<Func<Task>> PrepareRequestsAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        var row = await storage.PrepareRowAsync();
        var layer = OciContent.RandomBytes(1000);
        var name = TestRegistry.NewName();
        var digest = "";
        foreach (var registry in all) digest = OciContent.DigestOf(await registry.Http.PushImageAsync(name, "v1", layer));
        return async () =>
        {
            await MeasureAsync("a table row, read by the SDK", RawStorage.Name, row);
            foreach (var (work, method, path) in new[]
            {
                ("GET manifest by tag", HttpMethod.Get, $"/v2/{name}/manifests/v1"),
                ("GET manifest by digest", HttpMethod.Get, $"/v2/{name}/manifests/{digest}"),
                ("HEAD blob", HttpMethod.Head, $"/v2/{name}/blobs/{OciContent.DigestOf(layer)}"),
                ("GET referrers", HttpMethod.Get, $"/v2/{name}/referrers/{digest}"),
            })
            {
                foreach (var registry in all)
                {
                    // distribution 2.8 and its main branch have no referrers API.
                    using var ask = new HttpRequestMessage(method, path);
                    ask.Headers.TryAddWithoutValidation("Accept", Load.Accept);
                    using var probe = await registry.Http.SendAsync(ask);
                    if (probe.IsSuccessStatusCode)
                        await MeasureAsync(work, registry.Name, () => Load.SendAsync(registry.Http, method, path));
                }
            }
        };

        async Task MeasureAsync(string work, string who, Func<Task> request)
        {
            var result = await Load.RunAsync(16, TimeSpan.FromSeconds(5), request);
            report.Add(work, "1/s", who, result.PerSecond);
            report.Add($"{work}, 99th percentile", "ms", who, result.Slowest);
        }
    }

    /// <summary>A page of 100 in the middle of 2,000 tags, 4 concurrent.</summary>
    static async Task<Func<Task>> PrepareTagsAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        var name = TestRegistry.NewName();
        foreach (var registry in all)
        {
            var manifest = await registry.Http.PushImageAsync(name, "v1", OciContent.RandomBytes(10));
            await Parallel.ForAsync(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
            {
                using var put = await registry.Http.PutManifestAsync(name, $"t{i:0000}", manifest);
                put.EnsureSuccessStatusCode();
            });
        }
        return async () =>
        {
            foreach (var registry in all)
            {
                var result = await Load.RunAsync(4, TimeSpan.FromSeconds(5),
                    () => Load.SendAsync(registry.Http, HttpMethod.Get, $"/v2/{name}/tags/list?n=100&last=t1000"));
                report.Add("page of 100 among 2,000 tags", "1/s", registry.Name, result.PerSecond);
            }
        };
    }

    /// <summary>Two hundred artifacts of a few bytes, pushed one after another.</summary>
    static Task<Func<Task>> PrepareSmallAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        Directory.CreateDirectory(folder);
        var clients = new ClientRun(folder);
        return Task.FromResult<Func<Task>>(async () =>
        {
            foreach (var registry in all)
            {
                var name = TestRegistry.NewName();
                var watch = Stopwatch.StartNew();
                for (var i = 0; i < 200; i++)
                {
                    await File.WriteAllTextAsync(Path.Combine(folder, "file"), $"{name} {i}");
                    await clients.RunAsync("oras",
                        $"push --plain-http {registry.Host}/{name}:t{i.ToString(CultureInfo.InvariantCulture)} file");
                }
                report.Add("200 tiny artifacts, oras", "s", registry.Name, watch.Elapsed.TotalSeconds);
            }
        });
    }

    /// <summary>
    /// One repository with a growing number of tags, each for a manifest of its own, and a partition of the storage with as
    /// many rows.
    /// </summary>
    static async Task<Func<Task>> PrepareGrowthAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        int[] sizes = [100, 1000, 10_000];
        foreach (var size in sizes)
        {
            // A manifest and its tag are three rows.
            await storage.FillAsync(Name(size), 3 * size);
            await Task.WhenAll(all.Select(async registry =>
            {
                await registry.Http.PushImageAsync(Name(size), "first", OciContent.RandomBytes(10));
                await Parallel.ForAsync(0, size, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (i, _) =>
                {
                    using var put = await registry.Http.PutManifestAsync(Name(size), Tag(i), Manifest(i));
                    put.EnsureSuccessStatusCode();
                });
            }));
        }
        return async () =>
        {
            foreach (var size in sizes)
            {
                await MeasureAsync("a row of so many, read by the SDK", RawStorage.Name, size, storage.ReaderOf(Name(size), 5 * size / 2));
                foreach (var registry in all)
                {
                    await MeasureAsync("GET of one of so many manifests, by tag", registry.Name,
                        size, () => Load.SendAsync(registry.Http, HttpMethod.Get, $"/v2/{Name(size)}/manifests/{Tag(size / 2)}"));
                    await MeasureAsync("page of 100 of so many tags", registry.Name, size,
                        () => Load.SendAsync(registry.Http, HttpMethod.Get, $"/v2/{Name(size)}/tags/list?n=100&last={Tag(size / 2)}"));
                    await MeasureAsync("PUT of a manifest beside so many", registry.Name, size, async () =>
                    {
                        using var put = await registry.Http.PutManifestAsync(Name(size), Tag(0), Manifest(0));
                        put.EnsureSuccessStatusCode();
                    });
                }
            }
        };

        async Task MeasureAsync(string work, string who, int size, Func<Task> request) =>
            report.Add(work, "1/s", who, (await Load.RunAsync(4, TimeSpan.FromSeconds(3), request)).PerSecond, size);

        static string Name(int size) => $"growth/{size.ToString(CultureInfo.InvariantCulture)}";

        static string Tag(int i) => $"t{i.ToString("000000", CultureInfo.InvariantCulture)}";

        static byte[] Manifest(int i)
        {
            var image = OciContent.Image();
            image["annotations"] = new JsonObject { ["number"] = Tag(i) };
            return image.ToBytes();
        }
    }

    /// <summary>A layer of 64 MiB, pulled over plain HTTP with growing concurrency.</summary>
    static async Task<Func<Task>> PreparePullsAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        const int Size = 64;
        Directory.CreateDirectory(folder);
        var layer = Path.Combine(folder, "layer");
        FileDigest.WriteRandom(layer, (long)Size * MiB);
        var content = await File.ReadAllBytesAsync(layer);
        await storage.UploadAsync("pulled", layer);
        foreach (var registry in all) await registry.Http.PushBlobAsync("pulls", content);
        return async () =>
        {
            foreach (var atOnce in new[] { 1, 4, 16, 64 })
            {
                using var http = new HttpClient();
                await MeasureAsync(RawStorage.Name, atOnce, http, storage.AddressOf("pulled").AbsoluteUri);
                foreach (var registry in all)
                    await MeasureAsync(registry.Name, atOnce, registry.Http, $"/v2/pulls/blobs/{OciContent.DigestOf(content)}");
            }
        };

        async Task MeasureAsync(string who, int atOnce, HttpClient client, string address)
        {
            var watch = Stopwatch.StartNew();
            await Task.WhenAll(Enumerable.Range(0, atOnce).Select(_ => Load.SendAsync(client, HttpMethod.Get, address)));
            report.Add("so many pulls at once", "MiB/s", who, atOnce * Size / watch.Elapsed.TotalSeconds, atOnce);
        }
    }

    /// <summary>Peak memory of a registry: a blob of 4 GiB pushed and pulled, and 16 concurrent layers of 64 MiB.</summary>
    static Task<Func<Task>> PrepareMemoryAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report) =>
        Task.FromResult<Func<Task>>(async () =>
    {
        foreach (var registry in all)
        {
            var name = TestRegistry.NewName();
            if (registry.TakePeakMemory() is not { } idle) continue;
            report.Add("memory before", "MiB", registry.Name, idle);
            var digest = await ZeroBlob.PushAsync(registry.Http, name, 4096L * MiB, seed: 1);
            report.Add("memory peak, 4 GiB in", "MiB", registry.Name, registry.TakePeakMemory()!.Value);
            await Load.SendAsync(registry.Http, HttpMethod.Get, $"/v2/{name}/blobs/{digest}");
            report.Add("memory peak, 4 GiB out", "MiB", registry.Name, registry.TakePeakMemory()!.Value);
            await Task.WhenAll(Enumerable.Range(2, 16)
                .Select(seed => Task.Run(() => ZeroBlob.PushAsync(registry.Http, name, 64L * MiB, seed))));
            report.Add("memory peak, 16 × 64 MiB at once", "MiB", registry.Name, registry.TakePeakMemory()!.Value);
        }
    });
}
