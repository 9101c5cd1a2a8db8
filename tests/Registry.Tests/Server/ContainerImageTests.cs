using System.Formats.Tar;
using System.IO.Compression;
using System.Text.Json.Nodes;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Server;

/// <summary>
/// The server's container image, as the .NET SDK builds it: pushed to this registry, from a base image that it serves.
/// </summary>
[Collection(Functions.FunctionsApp.Collection)]
public class ContainerImageTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    [Fact]
    public async Task Published_image_is_pushed_here_and_starts_the_server()
    {
        var (from, name) = (TestRegistry.NewName(), TestRegistry.NewName());
        await PushBaseImageAsync(from);
        var project = Path.Combine(SourceTree.Root, "src", "Server");
        // Where a locally started server keeps its data.
        var data = Path.Combine(project, "data", $"{Guid.NewGuid():N}.json");
        Directory.CreateDirectory(Path.GetDirectoryName(data)!);
        await File.WriteAllTextAsync(data, "{}");
        var publish = await Command.RunAsync(
            "dotnet",
            [
                "publish", project, "-nodeReuse:false", "/t:PublishContainer", "-p:ContainerImageTag=v1",
                $"-p:ContainerBaseImage={registry.Host}/{from}:v1",
                    $"-p:ContainerRegistry={registry.Host}", $"-p:ContainerRepository={name}",
            ],
            environment: new Dictionary<string, string> { ["DOTNET_CONTAINER_INSECURE_REGISTRIES"] = registry.Host });
        File.Delete(data);
        publish.Succeeded();

        var manifest = await registry.Client.GetJsonAsync($"/v2/{name}/manifests/v1");
        Assert.Equal(2, manifest["layers"]!.AsArray().Count);
        var config = await registry.Client.GetJsonAsync($"/v2/{name}/blobs/{manifest["config"]!["digest"]}");
        Assert.Equal(["dotnet", "/app/Server.dll"], config["config"]!["Entrypoint"]!.AsArray().Select(word => (string?)word));
        Assert.Equal("1654", (string?)config["config"]!["User"]);
        await using var layer = await registry.Client.GetStreamAsync($"/v2/{name}/blobs/{manifest["layers"]![1]!["digest"]}");
        await using var tar = new TarReader(new GZipStream(layer, CompressionMode.Decompress));
        var files = new List<string>();
        while (await tar.GetNextEntryAsync() is { } entry) files.Add(entry.Name);
        Assert.Contains(files, file => file.EndsWith("app/Server.dll", StringComparison.Ordinal));
        Assert.DoesNotContain(files, file => file.Contains("app/data", StringComparison.Ordinal));
    }

    /// <summary>
    /// The relevant parts of the image of ASP.NET Core: its platform, and settings that the new image inherits.
    /// </summary>
    async Task PushBaseImageAsync(string name)
    {
        using var layer = new MemoryStream();
        using (var gzip = new GZipStream(layer, CompressionMode.Compress, leaveOpen: true)) gzip.Write(new byte[1024]);
        var config = new JsonObject
        {
            ["architecture"] = "amd64",
            ["os"] = "linux",
            ["config"] = new JsonObject { ["User"] = "1654", ["Env"] = new JsonArray("ASPNETCORE_HTTP_PORTS=8080", "PATH=/usr/bin") },
            ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray(OciContent.DigestOf(new byte[1024])) },
        }.ToBytes();
        await registry.Client.PushBlobAsync(name, layer.ToArray());
        await registry.Client.PushBlobAsync(name, config);
        var manifest = OciContent.Image();
        manifest["config"] = OciContent.Descriptor(config, "application/vnd.oci.image.config.v1+json");
        manifest["layers"] = new JsonArray(OciContent.Descriptor(layer.ToArray(), "application/vnd.oci.image.layer.v1.tar+gzip"));
        using var put = await registry.Client.PutManifestAsync(name, "v1", manifest.ToBytes());
        Assert.True(put.IsSuccessStatusCode);
    }
}
