using Xunit;

namespace Registry.Tests.Server;

/// <summary>A server that is ended or killed during requests.</summary>
public sealed class RestartTests : IDisposable
{
    readonly string _folder = Directory.CreateTempSubdirectory("registry-server-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [SkippableTheory]
    [InlineData("KILL")]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Acknowledged_content_exists_after_a_restart(string signal)
    {
        // Processes in the background of a shell ignore SIGINT, and so do their children.
        Skip.If(signal == "INT" && IgnoresInterrupt(), "SIGINT is ignored here, and by every process that is started from here.");
        var pushed = new List<(string Name, byte[] Manifest, byte[] Layer)>();
        for (var round = 0; round <= 3; round++)
        {
            var (server, client) = await ServerProcess.StartAsync(_folder);
            await using (server)
            {
                foreach (var (name, manifest, layer) in pushed)
                {
                    Assert.Equal(manifest, await client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
                    Assert.Equal(layer, await client.GetByteArrayAsync($"/v2/{name}/blobs/{OciContent.DigestOf(layer)}"));
                }
                if (round == 3) break;
                // Ended while requests are in progress, right after the last answer.
                using var enough = new CancellationTokenSource();
                var pushers = Enumerable.Range(0, 4).Select(_ => PushAsync(client, pushed, enough.Token)).ToArray();
                while (Count(pushed) < 10 * (round + 1)) await Task.Delay(5);
                var exitCode = await server.SignalAsync(signal);
                await enough.CancelAsync();
                await Task.WhenAll(pushers);
                if (signal != "KILL") Assert.Equal(0, exitCode);
            }
        }
    }

    /// <summary>Signal 2 in the mask of ignored signals (proc(5)).</summary>
    static bool IgnoresInterrupt() =>
        File.Exists("/proc/self/status")
        && File.ReadLines("/proc/self/status").First(line => line.StartsWith("SigIgn:", StringComparison.Ordinal)) is var line
        && (Convert.ToUInt64(line.Split('\t')[1].Trim(), 16) & 2) != 0;

    static int Count(List<(string, byte[], byte[])> pushed)
    {
        lock (pushed) return pushed.Count;
    }

    static async Task PushAsync(HttpClient client, List<(string, byte[], byte[])> pushed, CancellationToken enough)
    {
        while (!enough.IsCancellationRequested)
        {
            var (name, layer) = (TestRegistry.NewName(), OciContent.RandomBytes(20_000));
            try
            {
                var manifest = await client.PushImageAsync(name, "v1", layer);
                lock (pushed) pushed.Add((name, manifest, layer));
            }
            catch (HttpRequestException)
            {
                // The server has been ended.
                return;
            }
        }
    }
}
