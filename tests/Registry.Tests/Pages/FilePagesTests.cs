using System.Text;
using System.Text.Json.Nodes;
using Microsoft.Playwright;
using Registry.Tests.Clients;
using Xunit;
using Xunit.Abstractions;
using static Microsoft.Playwright.Assertions;

namespace Registry.Tests.Pages;

/// <summary>Layers are opened in the browser.</summary>
public class FilePagesTests(Browser browser, ExampleRegistry exhibits, ITestOutputHelper output) : ClientTest(exhibits.Registry, output),
    IClassFixture<Browser>, IClassFixture<ExampleRegistry>
{
    Uri Address => exhibits.Registry.Address;

    [Fact]
    public async Task A_layer_is_a_tree_of_files_that_can_be_read()
    {
        var image = await ImageAsync("v1");
        await using var visit = await browser.VisitAsync(Address,
            $"/ui/{exhibits.App}@{image.Digest}?blob={image.Manifest["layers"]![1]!["digest"]}");
        await visit.Page.GetByText("app/").First.ClickAsync();
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "hello.txt" }).ClickAsync();
        await visit.ShowsAsync("Hello, first world");
        await visit.ReviewAsync("layer");
    }

    [Fact]
    public async Task Files_of_an_image_are_merged_from_its_layers()
    {
        var image = await ImageAsync("v2");
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}@{image.Digest}?view=files");
        await visit.Page.GetByLabel("Filter by name").FillAsync("e");
        await visit.ShowsAsync("etc/os-release", "app/hello.txt");
        // The second layer deletes it.
        Assert.DoesNotContain("left-over", await visit.TextAsync(), StringComparison.Ordinal);
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "etc/os-release" }).ClickAsync();
        await visit.ShowsAsync("Example Linux");
        await visit.ReviewAsync("files");
    }

    [Fact]
    public async Task Two_tags_are_compared_by_layers_config_and_files()
    {
        await using var visit = await browser.VisitAsync(Address, $"/ui/{exhibits.App}:v1?compare=v2");
        await visit.ShowsAsync("linux/amd64", "SETTING", "FIRST", "SECOND");
        await visit.ReviewAsync("comparison");
        if (await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("ompare") }).CountAsync() > 0)
        {
            await visit.Page.GetByRole(AriaRole.Button, new() { NameRegex = new("ompare") }).First.ClickAsync();
        }
        await visit.ShowsAsync("app/hello.txt", "tmp/left-over");
        await visit.ReviewAsync("comparison-of-files");
    }

    /// <summary>A layer with one file of 64 MiB, in the full run 2 GiB, and a small one behind it.</summary>
    [Fact]
    public async Task Large_layer_is_browsed_without_reading_it_whole()
    {
        var (large, text) = FullRun.Enabled ? (2L << 30, "2.0 GiB") : (64L << 20, "64.0 MiB");
        await using (var tar = File.Create(PathOf("layer.tar")))
        {
            tar.Write(Header("large", large));
            // Sparse files cost no disk space.
            tar.Seek(large, SeekOrigin.Current);
            tar.Write(Header("behind", 6));
            tar.Write("found\n"u8);
            tar.SetLength(tar.Position + 506 + 1024);
        }
        var layer = PathOf("layer.tar");
        var digest = FileDigest.Of(layer);
        var length = new FileInfo(layer).Length;
        await RunAsync($"oras push --plain-http {Repository}:v1 layer.tar:application/vnd.oci.image.layer.v1.tar");
        File.Delete(layer);

        await using var visit = await browser.VisitAsync(Address, "/");
        long received = 0;
        visit.Page.Response += async (_, response) =>
        {
            if (response.Url.Contains("/blobs/", StringComparison.Ordinal) && await response.HeaderValueAsync("content-length") is { } size)
                Interlocked.Add(ref received, long.Parse(size, System.Globalization.CultureInfo.InvariantCulture));
        };
        await visit.GoToAsync($"/ui/{Name}:v1?blob={digest}");
        await visit.Page.GetByRole(AriaRole.Button, new() { Name = "behind" }).ClickAsync();
        await visit.ShowsAsync("found", text);
        Assert.InRange(Interlocked.Read(ref received), 1, length / 100);
        await visit.ReviewAsync("large-layer");
    }

    /// <summary>Bytes after the last record of a pax header are an error: a reader that does not advance would hang the page.</summary>
    // U1 (docs/design/hardening.md)
    [Fact]
    public async Task Malformed_pax_record_is_an_error_where_the_files_of_an_image_and_of_a_chart_are_shown()
    {
        const string error = "record 2 of an extended header, at byte 9, cannot be read";
        byte[] records = [.. "9 path=a\nzzz"u8];
        byte[] tar = [.. Header("pax", records.Length, 'x'), .. records, .. new byte[512 - records.Length],
            .. Header("file", 0), .. new byte[1024]];
        await File.WriteAllBytesAsync(PathOf("layer.tgz"), OciLayout.Gzip(tar));
        WriteFile("config.json", "{}");
        await RunAsync($"oras push --plain-http --config config.json:application/vnd.oci.image.config.v1+json {Repository}:image " +
            "layer.tgz:application/vnd.oci.image.layer.v1.tar+gzip");
        await RunAsync($"oras push --plain-http --config config.json:application/vnd.cncf.helm.config.v1+json {Repository}:chart " +
            "layer.tgz:application/vnd.cncf.helm.chart.content.v1.tar+gzip");
        var layer = FileDigest.Of(PathOf("layer.tgz"));

        await using var visit = await browser.VisitAsync(Address, "/");
        foreach (var path in new[] { "image?view=files", "chart", $"image?blob={layer}", $"chart?blob={layer}" })
        {
            await visit.GoToAsync($"/ui/{Name}:{path}");
            await Expect(visit.Page.GetByRole(AriaRole.Alert).Filter(new() { HasText = error })).ToHaveCountAsync(1);
        }
        visit.AssertHarmless();
    }

    async Task<(string Digest, JsonNode Manifest)> ImageAsync(string tag)
    {
        var index = await Http.GetJsonAsync($"/v2/{exhibits.App}/manifests/{tag}");
        var digest = (string)index["manifests"]![0]!["digest"]!;
        return (digest, await Http.GetJsonAsync($"/v2/{exhibits.App}/manifests/{digest}"));
    }

    /// <summary>The header of an entry in a tar archive (POSIX.1-1988, ustar), by default of a file.</summary>
    static byte[] Header(string name, long size, char type = '0')
    {
        var header = new byte[512];
        void Put(int offset, string text) => Encoding.ASCII.GetBytes(text).CopyTo(header, offset);
        Put(0, name);
        Put(100, "0000644\0");
        Put(108, "0000000\0");
        Put(116, "0000000\0");
        Put(124, Convert.ToString(size, 8).PadLeft(11, '0') + "\0");
        Put(136, "00000000000\0");
        Put(148, "        ");
        Put(156, $"{type}");
        Put(257, "ustar\000");
        Put(148, Convert.ToString(header.Sum(b => b), 8).PadLeft(6, '0') + "\0 ");
        return header;
    }
}
