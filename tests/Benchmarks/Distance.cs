using System.Diagnostics;
using System.Globalization;
using Registry.Tests;
using Registry.Tests.Clients;

namespace Registry.Benchmarks;

/// <summary>Pushes and pulls by real clients with the storage at a distance, where requests one after the other take the time.</summary>
static class Distance
{
    static readonly (string Name, int Layers, int Size)[] s_images = [("10 × 100 kB", 10, 100_000), ("64 MiB", 1, 64 << 20)];

    static readonly string[] s_clients = ["oras", "crane", "skopeo"];

    /// <summary>One round, each registry with the same content; the registries are in another order in the next.</summary>
    public static async Task RunAsync(IReadOnlyList<Contestant> all, RawStorage storage, string folder, Report report)
    {
        Directory.CreateDirectory(folder);
        var run = new ClientRun(folder);
        var row = await storage.PrepareRowAsync();
        await row();
        for (var i = 0; i < 20; i++)
        {
            var began = Stopwatch.GetTimestamp();
            await row();
            report.Add("a table row, read by the SDK", "ms", RawStorage.Name, Stopwatch.GetElapsedTime(began).TotalMilliseconds);
        }
        foreach (var (name, layers, size) in s_images)
        {
            foreach (var client in s_clients)
            {
                // New content for each client: a registry would not upload again what it has.
                var files = Enumerable.Range(0, layers).Select(i => $"layer{i.ToString(CultureInfo.InvariantCulture)}").ToList();
                files.ForEach(file => FileDigest.WriteRandom(Path.Combine(folder, file), size));
                if (client != "oras")
                    OciLayout.CreateFromLayers(Path.Combine(folder, "layout"), files.Select(file => Path.Combine(folder, file)));
                foreach (var registry in all)
                {
                    var image = $"{registry.Host}/{TestRegistry.NewName()}:v1";
                    var (push, pull) = client switch
                    {
                        "oras" => ($"push --plain-http {image} {string.Join(' ', files)}", $"pull --plain-http -o pulled {image}"),
                        "crane" => ($"push layout {image}", $"pull --format oci {image} pulled"),
                        _ => ($"--insecure-policy copy --preserve-digests --dest-tls-verify=false oci:layout:v1 docker://{image}",
                            $"--insecure-policy copy --preserve-digests --src-tls-verify=false docker://{image} oci:pulled:v1"),
                    };
                    await MeasureAsync($"push {name}, {client}", registry.Name, () => run.RunAsync(client, push));
                    await MeasureAsync($"pull {name}, {client}", registry.Name, () => run.RunAsync(client, pull));
                    Directory.Delete(Path.Combine(folder, "pulled"), recursive: true);
                }
                if (client != "oras") Directory.Delete(Path.Combine(folder, "layout"), recursive: true);
            }
        }

        async Task MeasureAsync(string work, string who, Func<Task> measured)
        {
            // Flush pending writes, so that the next registry does not wait for them.
            (await Command.RunAsync("sync", [])).Succeeded();
            var watch = Stopwatch.StartNew();
            await measured();
            report.Add(work, "s", who, watch.Elapsed.TotalSeconds);
        }
    }

    /// <summary>A connection to the same account through proxies, which put it at a distance.</summary>
    public static string Through(string connection, TimeSpan roundTrip)
    {
        var parts = connection.Split(';', StringSplitOptions.RemoveEmptyEntries).Select(part =>
        {
            var (name, value) = (part.Split('=', 2)[0], part.Split('=', 2)[1]);
            if (!name.EndsWith("Endpoint", StringComparison.Ordinal)) return part;
            var address = new UriBuilder(value);
            address.Port = DelayingProxy.Start(address.Port, roundTrip);
            return $"{name}={address.Uri.AbsoluteUri}";
        });
        return string.Join(';', parts);
    }
}
