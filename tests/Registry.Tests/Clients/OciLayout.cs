using System.Formats.Tar;
using System.IO.Compression;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Clients;

/// <summary>
/// A folder in the OCI image layout (image-spec, image-layout.md), with one manifest tagged <c>v1</c>: an image for one
/// architecture, an index for several.
/// </summary>
sealed class OciLayout
{
    readonly string _folder;

    OciLayout(string folder)
    {
        _folder = folder;
        Directory.CreateDirectory(Path.Combine(folder, "blobs", "sha256"));
        File.WriteAllText(Path.Combine(folder, "oci-layout"), """{"imageLayoutVersion":"1.0.0"}""");
    }

    /// <summary>Digest of the tagged manifest.</summary>
    public string Digest => (string)Root["digest"]!;

    public byte[] Manifest => Read(Digest);

    JsonNode Root => Assert.Single(JsonNode.Parse(File.ReadAllBytes(Path.Combine(_folder, "index.json")))!["manifests"]!.AsArray())!;

    /// <summary>Creates images with a config and a gzipped layer each, with unique content.</summary>
    public static OciLayout Create(string folder, params string[] architectures)
    {
        var layout = new OciLayout(folder);
        var images = architectures.Select(layout.AddImage).ToArray();
        layout.SetRoot(images.Length == 1 ? images[0] : layout.Add(
            new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = new JsonArray(images) }.ToBytes(),
            MediaType.OciIndex));
        return layout;
    }

    /// <summary>Creates an image whose layers are these files, which are moved into the layout.</summary>
    public static OciLayout CreateFromLayers(string folder, params IEnumerable<string> files)
    {
        var layout = new OciLayout(folder);
        layout.SetRoot(layout.AddImage("amd64", [.. files.Select(file =>
        {
            var layer = new JsonObject
            {
                ["mediaType"] = "application/vnd.oci.image.layer.v1.tar",
                ["digest"] = FileDigest.Of(file),
                ["size"] = new FileInfo(file).Length
            };
            File.Move(file, layout.PathOf((string)layer["digest"]!));
            return ((string)layer["digest"]!, layer);
        })]));
        return layout;
    }

    /// <summary>Creates an empty layout, to be filled with <see cref="Add"/> and <see cref="SetRoot"/>.</summary>
    public static OciLayout Begin(string folder) => new(folder);

    /// <summary>Opens a layout that a client has written.</summary>
    public static OciLayout Open(string folder) => new(folder);

    /// <summary>The path of a blob.</summary>
    public string PathOf(string digest) => Path.Combine(_folder, "blobs", digest.Replace(':', Path.DirectorySeparatorChar));

    public byte[] Read(string digest) => File.ReadAllBytes(PathOf(digest));

    /// <summary>Asserts that the other layout has exactly the same blobs.</summary>
    public void AssertSame(OciLayout other)
    {
        var blobs = Blobs();
        Assert.Equal(blobs, other.Blobs());
        Assert.All(blobs, blob => Assert.Equal(Read($"sha256:{blob}"), other.Read($"sha256:{blob}")));
    }

    string?[] Blobs() => [.. Directory.GetFiles(Path.Combine(_folder, "blobs", "sha256"))
        .Select(Path.GetFileName).Order(StringComparer.Ordinal)];

    JsonObject AddImage(string architecture)
    {
        var tar = Tar($"made for {architecture}: {Guid.NewGuid()}\n");
        return AddImage(architecture, [(OciContent.DigestOf(tar), Add(Gzip(tar), "application/vnd.oci.image.layer.v1.tar+gzip"))]);
    }

    JsonObject AddImage(string architecture, IReadOnlyCollection<(string DiffId, JsonObject Descriptor)> layers)
    {
        // The properties that clients read when they validate an image, or convert it to Docker's format.
        var config = new JsonObject
        {
            ["architecture"] = architecture,
            ["os"] = "linux",
            ["created"] = "2026-01-01T00:00:00Z",
            ["config"] = new JsonObject { ["Cmd"] = new JsonArray("/hello") },
            ["rootfs"] = new JsonObject
            {
                ["type"] = "layers",
                ["diff_ids"] = new JsonArray([.. layers.Select(layer => (JsonNode)layer.DiffId)]),
            },
            ["history"] = new JsonArray([.. layers.Select(_ =>
                new JsonObject { ["created"] = "2026-01-01T00:00:00Z", ["created_by"] = "the tests" })]),
        };
        var manifest = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciManifest,
            ["config"] = Add(config.ToBytes(), "application/vnd.oci.image.config.v1+json"),
            ["layers"] = new JsonArray([.. layers.Select(layer => layer.Descriptor)]),
        };
        var descriptor = Add(manifest.ToBytes(), MediaType.OciManifest);
        descriptor["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
        return descriptor;
    }

    /// <summary>Adds a blob or a manifest.</summary>
    /// <returns>Its descriptor.</returns>
    public JsonObject Add(byte[] content, string mediaType)
    {
        File.WriteAllBytes(PathOf(OciContent.DigestOf(content)), content);
        return OciContent.Descriptor(content, mediaType);
    }

    /// <summary>Sets the tagged manifest.</summary>
    public void SetRoot(JsonObject descriptor)
    {
        descriptor["annotations"] = new JsonObject { ["org.opencontainers.image.ref.name"] = "v1" };
        var index = new JsonObject { ["schemaVersion"] = 2, ["mediaType"] = MediaType.OciIndex, ["manifests"] = new JsonArray(descriptor) };
        File.WriteAllBytes(Path.Combine(_folder, "index.json"), index.ToBytes());
    }

    /// <summary>An archive with one file, <c>hello</c>.</summary>
    public static byte[] Tar(string content)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Ustar, leaveOpen: true))
        {
            var entry = new UstarTarEntry(TarEntryType.RegularFile, "hello")
            {
                DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content)),
            };
            writer.WriteEntry(entry);
        }
        return archive.ToArray();
    }

    public static byte[] Gzip(byte[] content)
    {
        using var compressed = new MemoryStream();
        using (var gzip = new GZipStream(compressed, CompressionLevel.Fastest)) gzip.Write(content);
        return compressed.ToArray();
    }
}
