using System.Formats.Tar;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Clients;
using Registry.Tests.GarbageCollection;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Pages;

/// <summary>
/// A registry with an artifact of each kind, plus what tests add, pushed by real clients: one for all tests, which ends with
/// this process.
/// </summary>
public sealed class ExampleRegistry : IAsyncLifetime
{
    static readonly Lazy<Task<(IsolatedStorage Storage, string Prefix, string AppDigest)>> s_shared = new(PushAsync);

    IsolatedStorage _storage = null!;

    public TestRegistry Registry => _storage.Registry;

    /// <summary>Prefix of all repositories; no other test uses it.</summary>
    public string Prefix { get; private set; } = "";

    /// <summary>
    /// Tags v1 and v2 of an image for two platforms, with attestations as buildkit attaches them, a signature by cosign and one
    /// by notation, and an SBOM.
    /// </summary>
    public string App => $"{Prefix}/app";

    /// <summary>A Helm chart, 1.2.3.</summary>
    public string Chart => $"{Prefix}/charts/hello";

    /// <summary>A WASM module, v1.</summary>
    public string Wasm => $"{Prefix}/wasm";

    /// <summary>An eBPF program, v1.</summary>
    public string Ebpf => $"{Prefix}/ebpf";

    /// <summary>Text, JSON and a picture, v1.</summary>
    public string Files => $"{Prefix}/files";

    /// <summary>Of tag v1 of <see cref="App"/>.</summary>
    public string AppDigest { get; private set; } = "";

    public async Task InitializeAsync() => (_storage, Prefix, AppDigest) = await s_shared.Value;

    public Task DisposeAsync() => Task.CompletedTask;

    static async Task<(IsolatedStorage Storage, string Prefix, string AppDigest)> PushAsync()
    {
        var storage = new IsolatedStorage();
        await storage.InitializeAsync();
        using var pusher = new Pusher(storage.Registry);
        var app = pusher.PushAppAsync("app");
        await Task.WhenAll(app, pusher.PushChartAsync("charts/hello"),
            pusher.PushWasmAsync("wasm"), pusher.PushEbpfAsync("ebpf"), pusher.PushFilesAsync("files"));
        // Usage figures of repositories are those of a pass.
        await storage.Registry.Get<PullRecords>().WriteAsync(CancellationToken.None);
        await storage.CollectAsync(storage.Registry);
        return (storage, pusher.Prefix, await app);
    }

    /// <summary>Another registry on the same storage.</summary>
    public Task<TestRegistry> StartAsync(Action<RegistryOptions> configure) =>
        _storage.StartAsync(TimeSpan.FromHours(1), TimeSpan.FromHours(1), configure);

    /// <summary>A file system layer.</summary>
    public static byte[] Layer(params (string Name, string Content)[] files)
    {
        using var archive = new MemoryStream();
        using (var writer = new TarWriter(archive, TarEntryFormat.Pax, leaveOpen: true))
        {
            foreach (var (name, content) in files)
            {
                var entry = new PaxTarEntry(name.EndsWith('/') ? TarEntryType.Directory : TarEntryType.RegularFile, name);
                if (!name.EndsWith('/')) entry.DataStream = new MemoryStream(Encoding.UTF8.GetBytes(content));
                writer.WriteEntry(entry);
            }
        }
        return archive.ToArray();
    }

    sealed class Pusher(TestRegistry registry) : ClientTest(registry, new DiscardOutput())
    {
        const string Offline = "--tlog-upload=false --use-signing-config=false --allow-http-registry --yes";

        public string Prefix => Name;

        public async Task<string> PushAppAsync(string name)
        {
            var @base = Layer(("etc/", ""), ("etc/os-release", "NAME=\"Example Linux\"\n"),
                ("usr/bin/", ""), ("usr/bin/tool", new string('x', 5000)), ("tmp/", ""), ("tmp/left-over", "old"));
            var first = PushLayout("v1", @base, Layer(("app/", ""), ("app/hello.txt", "Hello, first world\n")), "FIRST");
            await RunAsync($"crane push v1 {Repository}/{name}:v1");
            PushLayout("v2", @base, Layer(("app/", ""), ("app/hello.txt", "Hello, second world\n"), ("tmp/.wh.left-over", "")), "SECOND");
            await RunAsync($"crane push v2 {Repository}/{name}:v2");

            await RunAsync("cosign generate-key-pair");
            await RunAsync($"cosign sign --key cosign.key {Offline} {Repository}/{name}@{first}");
            await RunAsync("notation cert generate-test --default test.example");
            await RunAsync($"notation sign --insecure-registry {Repository}/{name}@{first}");
            WriteFile("sbom.spdx.json", """
                { "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
                  "name": "app", "documentNamespace": "https://example.com/app",
                  "creationInfo": { "created": "2026-01-01T00:00:00Z", "creators": ["Tool: the tests"] },
                  "packages": [
                    { "SPDXID": "SPDXRef-1", "name": "openssl", "versionInfo": "3.5.1", "licenseConcluded": "Apache-2.0",
                      "downloadLocation": "NOASSERTION",
                      "externalRefs": [{ "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                        "referenceLocator": "pkg:deb/debian/openssl@3.5.1" }] },
                    { "SPDXID": "SPDXRef-2", "name": "zlib", "versionInfo": "1.3.1", "licenseConcluded": "Zlib",
                      "downloadLocation": "NOASSERTION" }] }
                """);
            await RunAsync($"oras attach --plain-http --artifact-type application/spdx+json {Repository}/{name}@{first} " +
                $"sbom.spdx.json:application/spdx+json");
            return first;
        }

        public async Task PushChartAsync(string name)
        {
            WriteFile("chart.json", """{ "name": "hello", "version": "1.2.3", "appVersion": "4.5.6", "description": "Says """ +
                """hello", "apiVersion": "v2", "type": "application", "maintainers": [{ "name": "Ada" }] }""");
            var chart = OciLayout.Gzip(Layer(
                ("hello/Chart.yaml", "name: hello\nversion: 1.2.3\n"),
                ("hello/values.yaml", "replicas: 3\nimage: example/hello\n"),
                ("hello/README.md", "# Hello chart\n\nIt says **hello**.\n\n- one\n- two\n\n[Home](https://example.com/)\n"),
                ("hello/templates/deployment.yaml", "kind: Deployment\n")));
            await File.WriteAllBytesAsync(PathOf("hello-1.2.3.tgz"), chart);
            await RunAsync($"oras push --plain-http --config chart.json:application/vnd.cncf.helm.config.v1+json " +
                $"{Repository}/{name}:1.2.3 hello-1.2.3.tgz:application/vnd.cncf.helm.chart.content.v1.tar+gzip");
        }

        public async Task PushWasmAsync(string name)
        {
            // One import, one function, two exports.
            byte[] module =
            [
                0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00,
                0x01, 0x04, 0x01, 0x60, 0x00, 0x00,
                0x02, 0x0b, 0x01, 0x03, .. "env"u8, 0x03, .. "log"u8, 0x00, 0x00,
                0x03, 0x02, 0x01, 0x00,
                0x05, 0x03, 0x01, 0x00, 0x01,
                0x07, 0x12, 0x02, 0x06, .. "memory"u8, 0x02, 0x00, 0x05, .. "hello"u8, 0x00, 0x01,
                0x0a, 0x04, 0x01, 0x02, 0x00, 0x0b,
            ];
            await File.WriteAllBytesAsync(PathOf("hello.wasm"), module);
            await RunAsync($"oras push --plain-http --artifact-type application/vnd.wasm.module.v1 {Repository}/{name}:v1 " +
                $"hello.wasm:application/wasm");
        }

        /// <summary>Compiled by clang, as bumblebee pushes it.</summary>
        public async Task PushEbpfAsync(string name)
        {
            File.Copy(Path.Combine(SourceTree.Root, "src", "Web", "test", "data", "artifacts", "program.bpf.o"),
                PathOf("program.o"));
            WriteFile("ebpf.json", "{}");
            await RunAsync($"oras push --plain-http --config ebpf.json:application/ebpf.oci.image.config.v1+json " +
                $"{Repository}/{name}:v1 program.o:application/ebpf.oci.image.program.v1+binary");
        }

        public async Task PushFilesAsync(string name)
        {
            WriteFile("notes.txt", "Just some notes\n");
            WriteFile("settings.json", """{ "depth": { "of": ["things"] } }""");
            await File.WriteAllBytesAsync(PathOf("dot.png"),
                Convert.FromBase64String(
                "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="));
            await RunAsync($"oras push --plain-http --annotation org.opencontainers.image.source=https://example.com/source " +
                $"{Repository}/{name}:v1 notes.txt:text/plain settings.json:application/json dot.png:image/png");
        }

        /// <summary>An index of images for two platforms, each with an attestation as buildkit writes it.</summary>
        string PushLayout(string folder, byte[] @base, byte[] top, string setting)
        {
            var layout = OciLayout.Begin(PathOf(folder));
            var images = new JsonArray();
            var attestations = new JsonArray();
            foreach (var architecture in new[] { "amd64", "arm64" })
            {
                var config = new JsonObject
                {
                    ["architecture"] = architecture,
                    ["os"] = "linux",
                    ["created"] = "2026-01-01T00:00:00Z",
                    ["config"] = new JsonObject
                    {
                        ["Entrypoint"] = new JsonArray("/usr/bin/tool"),
                        ["Cmd"] = new JsonArray("--serve"),
                        ["Env"] = new JsonArray("PATH=/usr/bin", $"SETTING={setting}"),
                        ["Labels"] = new JsonObject { ["org.example.team"] = "tests" },
                        ["User"] = "1000",
                    },
                    ["rootfs"] = new JsonObject
                    {
                        ["type"] = "layers",
                        ["diff_ids"] = new JsonArray(OciContent.DigestOf(@base), OciContent.DigestOf(top))
                    },
                    ["history"] = new JsonArray(
                        new JsonObject { ["created"] = "2026-01-01T00:00:00Z", ["created_by"] = "COPY base /" },
                        new JsonObject
                        {
                            ["created"] = "2026-01-01T00:00:00Z",
                            ["created_by"] = $"ENV SETTING={setting}",
                            ["empty_layer"] = true
                        },
                        new JsonObject { ["created"] = "2026-01-01T00:00:00Z", ["created_by"] = "COPY app /app" }),
                };
                var manifest = new JsonObject
                {
                    ["schemaVersion"] = 2,
                    ["mediaType"] = MediaType.OciManifest,
                    ["config"] = layout.Add(config.ToBytes(), "application/vnd.oci.image.config.v1+json"),
                    ["layers"] = new JsonArray(Compressed(layout, @base), Compressed(layout, top)),
                };
                var image = layout.Add(manifest.ToBytes(), MediaType.OciManifest);
                image["platform"] = new JsonObject { ["architecture"] = architecture, ["os"] = "linux" };
                images.Add(image);
                attestations.Add(Attestation(layout, (string)image["digest"]!));
            }
            foreach (var attestation in attestations.ToList())
            {
                attestations.Remove(attestation);
                images.Add(attestation);
            }
            layout.SetRoot(layout.Add(new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaType.OciIndex,
                ["manifests"] = images
            }.ToBytes(), MediaType.OciIndex));
            return layout.Digest;
        }

        static JsonObject Compressed(OciLayout layout, byte[] layer) =>
            layout.Add(OciLayout.Gzip(layer), "application/vnd.oci.image.layer.v1.tar+gzip");

        static JsonObject Attestation(OciLayout layout, string digest)
        {
            var statement = new JsonObject
            {
                ["_type"] = "https://in-toto.io/Statement/v1",
                ["predicateType"] = "https://slsa.dev/provenance/v1",
                ["subject"] = new JsonArray(new JsonObject
                {
                    ["name"] = "pkg:docker/app",
                    ["digest"] = new JsonObject { ["sha256"] = digest.Split(':')[1] }
                }),
                ["predicate"] = new JsonObject
                {
                    ["buildDefinition"] = new JsonObject
                    {
                        ["buildType"] = "https://example.com/buildkit",
                        ["externalParameters"] = new JsonObject { ["target"] = "release" }
                    },
                    ["runDetails"] = new JsonObject { ["builder"] = new JsonObject { ["id"] = "https://example.com/builder" } },
                },
            };
            var layer = layout.Add(statement.ToBytes(), "application/vnd.in-toto+json");
            layer["annotations"] = new JsonObject { ["in-toto.io/predicate-type"] = "https://slsa.dev/provenance/v1" };
            var config = new JsonObject
            {
                ["architecture"] = "unknown",
                ["os"] = "unknown",
                ["config"] = new JsonObject(),
                ["rootfs"] = new JsonObject { ["type"] = "layers", ["diff_ids"] = new JsonArray((string)layer["digest"]!) },
            };
            var manifest = new JsonObject
            {
                ["schemaVersion"] = 2,
                ["mediaType"] = MediaType.OciManifest,
                ["config"] = layout.Add(config.ToBytes(), "application/vnd.oci.image.config.v1+json"),
                ["layers"] = new JsonArray(layer),
            };
            var descriptor = layout.Add(manifest.ToBytes(), MediaType.OciManifest);
            descriptor["platform"] = new JsonObject { ["architecture"] = "unknown", ["os"] = "unknown" };
            descriptor["annotations"] = new JsonObject
            {
                ["vnd.docker.reference.type"] = "attestation-manifest",
                ["vnd.docker.reference.digest"] = digest
            };
            return descriptor;
        }
    }

    /// <summary>Discards output of clients during preparation; a failure includes it anyway.</summary>
    sealed class DiscardOutput : ITestOutputHelper
    {
        public void WriteLine(string message)
        {
        }

        public void WriteLine(string format, params object[] args)
        {
        }
    }
}
