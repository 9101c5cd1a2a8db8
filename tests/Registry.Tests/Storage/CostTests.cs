using System.Globalization;
using System.Net;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Storage;

/// <summary>Checks docs/use/cost.md against the registry, and against the output of docs/use/cost.cs.</summary>
public class CostTests
{
    static readonly string s_page = Path.Combine(SourceTree.Root, "docs", "use", "cost.md");

    [Fact]
    public async Task Page_has_the_output_of_the_program()
    {
        var page = await File.ReadAllLinesAsync(s_page);
        var run = (await Command.RunAsync("dotnet", ["run", "docs/use/cost.cs"], SourceTree.Root)).Succeeded();
        var lines = run.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.True(lines.Length > 40, run.Output);
        Assert.All(lines, line => Assert.Contains(line.TrimEnd('\r'), page));
    }

    [Fact]
    public async Task Operations_cost_what_the_page_states()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var redirecting = await TestRegistry.StartAsync(options => options.RedirectDownloads = true);
        await using var cold = await TestRegistry.StartAsync();
        using var bill = new Bill(registry, redirecting, cold);
        var (name, client) = (TestRegistry.NewName(), registry.Client);
        var small = OciContent.RandomBytes(10_000);
        var large = OciContent.RandomBytes(40 << 20);
        var other = OciContent.RandomBytes(40 << 20);
        var manifest = await client.PushImageAsync(name, "v1", OciContent.RandomBytes(10));

        await bill.CheckAsync("HEAD of a blob that is missing", () => HeadAsync(client, name, small, HttpStatusCode.NotFound));
        await bill.CheckAsync("New blob in one PUT (oras, helm, containerd), under 4 MiB", () => client.PushBlobAsync(name, small));
        await bill.CheckAsync("HEAD of a blob that exists", () => HeadAsync(client, name, small, HttpStatusCode.OK));
        await bill.CheckAsync("New blob in one PUT, 40 MiB", () => client.PushBlobAsync(name, large));
        await bill.CheckAsync("New blob by PATCH (crane, docker, skopeo), 40 MiB", async () =>
        {
            var location = await client.BeginUploadAsync(name);
            location = await client.AppendAsync(location, other);
            using var put = await client.PutAsync(OciContent.Closing(location, OciContent.DigestOf(other)), null);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        });
        await bill.CheckAsync("Manifest pushed by tag", async () =>
        {
            using var put = await client.PutManifestAsync(name, "v2", manifest);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        });
        await bill.CheckAsync("Manifest pulled by tag, seen before by the instance",
            () => client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
        await bill.CheckAsync("Manifest pulled by tag, cold", () => cold.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
        await bill.CheckAsync("Blob pulled through the registry",
            () => client.GetByteArrayAsync($"/v2/{name}/blobs/{OciContent.DigestOf(large)}"));
        await bill.CheckAsync("Blob pulled, redirected (the client's read is billed, too)", async () =>
        {
            using var redirect = await redirecting.Client.GetAsync($"/v2/{name}/blobs/{OciContent.DigestOf(large)}");
            Assert.Equal(HttpStatusCode.TemporaryRedirect, redirect.StatusCode);
            bill.CountReadByClient();
        });
        await bill.CheckAsync("Page of tags or referrers", () => client.GetStringAsync($"/v2/{name}/tags/list"));
        bill.AssertComplete();
    }

    static async Task HeadAsync(HttpClient client, string name, byte[] blob, HttpStatusCode expected)
    {
        using var head = await client.SendAsync(new(HttpMethod.Head, $"/v2/{name}/blobs/{OciContent.DigestOf(blob)}"));
        Assert.Equal(expected, head.StatusCode);
    }

    /// <summary>Transactions by Azure's billing classes: writes, reads and others of blobs, and tables.</summary>
    sealed class Bill(params TestRegistry[] registries) : IDisposable
    {
        readonly Dictionary<string, string> _rows = File.ReadLines(s_page)
            .Where(line => line.StartsWith("| ", StringComparison.Ordinal) && line.Count(c => c == '|') == 7)
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
                .Where(cells => int.TryParse(cells[2], CultureInfo.InvariantCulture, out _))
            .ToDictionary(cells => cells[1], cells => string.Join(' ', cells[3..7]));

        readonly TransactionCounter _counter = new(registries);
        int _readsByClient;

        public void CountReadByClient() => _readsByClient++;

        public async Task CheckAsync(string row, Func<Task> operation)
        {
            _counter.Clear();
            _readsByClient = 0;
            await operation();
            Assert.True(_rows.Remove(row, out var expected), $"docs/use/cost.md has no row '{row}'.");
            int[] counts =
            [
                _counter["blob", "PUT"],
                _counter["blob", "GET"] + _readsByClient,
                // Deletions are free.
                _counter.All.Where(c => c.Service == "blob" && c.Method is not ("PUT" or "GET" or "DELETE")).Sum(c => c.Count),
                _counter.All.Where(c => c.Service == "table").Sum(c => c.Count),
            ];
            Assert.Equal((row, expected), (row, string.Join(' ', counts)));
        }

        public void AssertComplete() => Assert.Empty(_rows);

        public void Dispose() => _counter.Dispose();
    }
}
