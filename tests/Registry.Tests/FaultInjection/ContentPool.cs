using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json.Nodes;
using Registry.Oci;

namespace Registry.Tests.FaultInjection;

/// <summary>A blob that clients push.</summary>
sealed record PoolBlob(byte[] Bytes, Digest Digest);

/// <summary>A manifest that clients push, with the content that it needs.</summary>
sealed record PoolManifest(byte[] Bytes, string MediaType, IReadOnlyList<PoolBlob> Blobs,
    IReadOnlyList<PoolManifest> Children, string? Subject)
{
    public string Digest { get; } = OciContent.DigestOf(Bytes);
}

/// <summary>
/// All content that is ever pushed: generated from the seed, small in number and pushed repeatedly, so that the same content is
/// deleted and pushed again all the time, in several repositories at once.
/// </summary>
sealed class ContentPool
{
    const int SmallBlobs = 400;
    const int LargeBlobs = 3;
    const int TinyBlobs = 130;
    const int Images = 10;

    readonly SoakOptions _options;
    readonly ConcurrentDictionary<string, List<PoolManifest>> _manifests = new();
    readonly List<PoolBlob> _small = [];
    readonly List<PoolBlob> _large = [];
    readonly List<PoolBlob> _tiny = [];
    readonly PoolBlob _empty = ToBlob("{}"u8.ToArray());

    public ContentPool(SoakOptions options)
    {
        _options = options;
        var random = options.RandomFor("content");
        for (var i = 0; i < SmallBlobs; i++)
        {
            var bytes = new byte[1 + (int)Math.Pow(60_000, random.NextDouble())];
            random.NextBytes(bytes);
            _small.Add(ToBlob([.. bytes, (byte)i], i % 16 == 0 ? DigestAlgorithm.Sha512 : null));
        }
        for (var i = 0; i < LargeBlobs; i++)
        {
            // One block and a part, two blocks and a part …
            var bytes = new byte[(i + 1) * 4 * 1024 * 1024 + random.Next(1, 500_000)];
            random.NextBytes(bytes);
            _large.Add(ToBlob(bytes));
        }
        for (var i = 0; i < TinyBlobs; i++) _tiny.Add(ToBlob([.. "tiny"u8, .. BitConverter.GetBytes(i)]));
        // Both algorithms of the same bytes.
        _small.Add(ToBlob(_small[1].Bytes, DigestAlgorithm.Sha512));
    }

    public IReadOnlyList<PoolBlob> Blobs => _small;

    /// <summary>The manifests that only this client pushes; those of <c>all</c> are pushed by all clients.</summary>
    public IReadOnlyList<PoolManifest> For(string client) => _manifests.GetOrAdd(client, MakeFor);

    List<PoolManifest> MakeFor(string client)
    {
        var random = _options.RandomFor($"manifests of {client}");
        var all = new List<PoolManifest>();
        for (var i = 0; i < Images; i++)
        {
            var layers = Enumerable.Range(0, random.Next(1, 5)).Select(_ => Pick(random, _small)).ToList();
            if (i == Images - 1) layers.Add(Pick(random, _large));
            all.Add(Image(client, i, random.Next(3) == 0 ? Pick(random, _small) : _empty, layers));
        }
        // Larger than a table row allows; more references than a transaction allows.
        all.Add(Image(client, all.Count, _empty, [Pick(random, _small)], padding: 300_000));
        all.Add(Image(client, all.Count, _empty, _tiny));
        for (var i = 0; i < 2; i++) all.Add(Index(client, all.Count, [all[3 * i], all[3 * i + 1], all[3 * i + 2]]));
        for (var i = 0; i < 3; i++) all.Add(Image(client, all.Count, _empty, [Pick(random, _small)], subject: all[2 * i]));
        return all;
    }

    static PoolBlob Pick(Random random, List<PoolBlob> from) => from[random.Next(from.Count)];

    static PoolBlob ToBlob(byte[] bytes, DigestAlgorithm? algorithm = null) => new(bytes, (algorithm ?? DigestAlgorithm.Sha256).Of(bytes));

    static PoolManifest Image(string client, int number, PoolBlob config,
        IReadOnlyList<PoolBlob> layers, int padding = 0, PoolManifest? subject = null)
    {
        var document = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciManifest,
            ["config"] = Descriptor("application/vnd.oci.image.config.v1+json", config.Digest.ToString(), config.Bytes.Length),
            ["layers"] = new JsonArray([.. layers.Select(layer =>
                Descriptor("application/vnd.oci.image.layer.v1.tar", layer.Digest.ToString(), layer.Bytes.Length))]),
            ["annotations"] = Annotations(client, number, padding),
        };
        if (subject is not null) document["subject"] = Descriptor(subject.MediaType, subject.Digest, subject.Bytes.Length);
        return new(document.ToBytes(), MediaType.OciManifest,
            [.. layers.Prepend(config).DistinctBy(blob => blob.Digest)], [], subject?.Digest);
    }

    static PoolManifest Index(string client, int number, IReadOnlyList<PoolManifest> children)
    {
        var document = new JsonObject
        {
            ["schemaVersion"] = 2,
            ["mediaType"] = MediaType.OciIndex,
            ["manifests"] = new JsonArray([.. children.Select(child => Descriptor(child.MediaType, child.Digest, child.Bytes.Length))]),
            ["annotations"] = Annotations(client, number, 0),
        };
        return new(document.ToBytes(), MediaType.OciIndex, [], children, null);
    }

    static JsonObject Annotations(string client, int number, int padding) => new()
    {
        ["soak.client"] = client,
        ["soak.number"] = number.ToString(CultureInfo.InvariantCulture),
        ["soak.padding"] = new string('x', padding),
    };

    static JsonObject Descriptor(string mediaType, string digest, int size) =>
        new() { ["mediaType"] = mediaType, ["digest"] = digest, ["size"] = size };
}
