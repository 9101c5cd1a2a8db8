using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;
using Registry.Server.Azurite;
using Registry.Tests;

namespace Registry.Benchmarks;

/// <summary>
/// A registry with one large repository, created by writing Azurite's own files. Pushing or inserting a hundred thousand
/// manifests would take the emulator hours, since it scans all rows of a partition for each.
/// </summary>
static class GrownStorage
{
    public const string Repository = "grown";

    /// <summary>Creates the storage in a folder.</summary>
    /// <param name="folder">Azurite's data folder.</param>
    /// <param name="manifests">Number of manifests, each with a tag and a layer of its own; all share a config.</param>
    /// <param name="garbage">Number of unreferenced layers whose grace period is over.</param>
    public static async Task CreateAsync(string folder, int manifests, int garbage)
    {
        var layer = OciContent.RandomBytes(100);
        byte[] manifest;
        await using (var azurite = await AzuriteProcess.StartAsync(folder, Console.Error, CancellationToken.None))
        {
            await using (var registry = await Contestant.StartOursAsync(azurite.ConnectionString))
                manifest = await registry.Http.PushImageAsync(Repository, "first", layer);
        }
        var (oldLayer, oldManifest) = (OciContent.DigestOf(layer), OciContent.DigestOf(manifest));
        Func<int, (string From, string To)[]> numbered = i =>
        {
            var (newLayer, newManifest) = (DigestOf(i, "layer"), DigestOf(i, "manifest"));
            return
            [
                (oldLayer, newLayer), (oldLayer[7..], newLayer[7..]),
                    (oldManifest, newManifest), ("t:first", $"t:t{i}"), (":first", $":t{i}"),
                (Convert.ToBase64String(References(oldLayer)), Convert.ToBase64String(References(newLayer))),
            ];
        };
        await ChangeAsync(Path.Combine(folder, "__azurite_db_table__.json"), collections =>
        {
            var rows = new Rows(collections, "devstoreaccount1$repositories");
            rows.Multiply(text => (text.Contains(oldLayer, StringComparison.Ordinal) || text.Contains(oldManifest,
                StringComparison.Ordinal)) && !text.Contains("\"u:", StringComparison.Ordinal), manifests, numbered);
            rows.Multiply(text => text.Contains($"b:{oldLayer}", StringComparison.Ordinal),
                garbage, i => [.. numbered(-1 - i), ("\"MarkedForDeletion\":false", "\"MarkedForDeletion\":true")]);
            rows.Save();
            var digests = new Rows(collections, "devstoreaccount1$digests");
            digests.Multiply(text => text.Contains(oldLayer, StringComparison.Ordinal), manifests, numbered);
            digests.Multiply(text => text.Contains(oldLayer, StringComparison.Ordinal), garbage, i => numbered(-1 - i));
            digests.Save();
        });
        await ChangeAsync(Path.Combine(folder, "__azurite_db_blob__.json"), collections =>
        {
            var objects = new Rows(collections, "$BLOBS_COLLECTION$");
            objects.Multiply(text => text.Contains(oldLayer[7..], StringComparison.Ordinal), manifests, numbered);
            objects.Multiply(text => text.Contains(oldLayer[7..], StringComparison.Ordinal), garbage, i => numbered(-1 - i));
            objects.Save();
        });

        // The packed format: one byte for the kind, then the digest.
        byte[] References(string ownLayer) =>
            [0, .. Convert.FromHexString(OciContent.DigestOf("{}"u8.ToArray())[7..]), 0, .. Convert.FromHexString(ownLayer[7..])];
    }

    static string DigestOf(int number, string kind) =>
        OciContent.DigestOf(Encoding.UTF8.GetBytes($"{kind} {number.ToString(CultureInfo.InvariantCulture)}"));

    static async Task ChangeAsync(string file, Action<JsonArray> change)
    {
        var document = JsonNode.Parse(await File.ReadAllTextAsync(file))!;
        change(document["collections"]!.AsArray());
        await using var stream = File.Create(file);
        await using var writer = new Utf8JsonWriter(stream,
            new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        document.WriteTo(writer);
    }

    /// <summary>The rows of one table or container as Loki stores them, with its indices.</summary>
    sealed class Rows
    {
        static readonly JsonSerializerOptions s_plain = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

        readonly JsonObject _collection;
        readonly List<string> _originals;
        readonly List<JsonObject> _all = [];
        int _last;

        public Rows(JsonArray collections, string name)
        {
            _collection = collections.Single(collection => (string?)collection!["name"] == name)!.AsObject();
            _originals = [.. _collection["data"]!.AsArray().Select(row => row!.ToJsonString(s_plain))];
            _all.AddRange(_originals.Select(text => JsonNode.Parse(text)!.AsObject()));
            _last = (int)_collection["maxId"]!;
        }

        /// <summary>Adds copies of some rows, all old and with other names.</summary>
        public void Multiply(Func<string, bool> which, int count, Func<int, (string From, string To)[]> numbered)
        {
            foreach (var template in _originals.Where(which))
            {
                for (var i = 0; i < count; i++)
                {
                    var text = new StringBuilder(template);
                    foreach (var (from, to) in numbered(i)) text.Replace(from, to);
                    var row = JsonNode.Parse(text.ToString())!.AsObject();
                    row["$loki"] = ++_last;
                    foreach (var times in new[] { row, row["properties"]!.AsObject() })
                    {
                        if (times.ContainsKey("Timestamp")) times["Timestamp"] = "2026-01-01T00:00:00.0000000Z";
                        if (times.ContainsKey("lastModified")) times["lastModified"] = "2026-01-01T00:00:00.000Z";
                        if (times.ContainsKey("lastModifiedTime")) times["lastModifiedTime"] = "2026-01-01T00:00:00.0000000Z";
                        if (times.ContainsKey("eTag")) times["eTag"] = "W/\"datetime'2026-01-01T00%3A00%3A00.0000000Z'\"";
                    }
                    _all.Add(row);
                }
            }
        }

        public void Save()
        {
            foreach (var (name, index) in _collection["binaryIndices"]!.AsObject())
            {
                var keys = _all.Select(row => (string?)row[name] ?? "").ToArray();
                var order = Enumerable.Range(0, keys.Length).ToArray();
                Array.Sort(order, (one, other) => string.CompareOrdinal(keys[one], keys[other]));
                index!["values"] = new JsonArray([.. order.Select(position => JsonValue.Create(position))]);
            }
            _collection["data"] = new JsonArray([.. _all]);
            _collection["maxId"] = _last;
        }
    }
}
