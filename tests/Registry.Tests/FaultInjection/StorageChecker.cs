using System.Globalization;
using System.Text.Json;
using Azure.Data.Tables;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Tests.FaultInjection;

/// <summary>A defect in the storage, and the digests that it concerns.</summary>
sealed record Finding(string What, params string[] About);

/// <summary>
/// Verifies everything in the storage while no process writes, as docs/design/architecture.md describes it, from the manifests'
/// bytes. It does not know how content was written or deleted, and shares no code with the collector.
/// </summary>
sealed class StorageChecker
{
    readonly Dictionary<(string Repository, string Row), TableEntity> _repositories = [];
    readonly Dictionary<(string Digest, string Owner), TableEntity> _digests = [];
    readonly HashSet<string> _names = [];
    readonly Dictionary<string, BlobItem> _objects = [];
    readonly Dictionary<string, BlobItem> _uploads = [];
    readonly Dictionary<string, string> _hashes = [];
    readonly Dictionary<(string Repository, string Digest), byte[]> _bodies = [];

    public long ObjectBytes => _objects.Values.Sum(item => item.Properties.ContentLength ?? 0);

    public int ObjectCount => _objects.Count;

    public int ManifestCount => Rows("m:").Count();

    /// <summary>Reads all tables, lists all objects and hashes their bytes.</summary>
    public static async Task<StorageChecker> ReadAsync(string connectionString, CancellationToken cancellationToken)
    {
        var checker = new StorageChecker();
        await foreach (var row in new TableClient(connectionString, "repositories")
            .QueryAsync<TableEntity>(cancellationToken: cancellationToken))
        {
            checker._repositories[(row.PartitionKey, row.RowKey)] = row;
        }
        await foreach (var row in new TableClient(connectionString, "digests")
            .QueryAsync<TableEntity>(cancellationToken: cancellationToken))
        {
            checker._digests[(row.PartitionKey, row.RowKey)] = row;
        }
        await foreach (var row in new TableClient(connectionString, "catalog")
            .QueryAsync<TableEntity>(row => row.PartitionKey == "names", cancellationToken: cancellationToken))
        {
            checker._names.Add(row.RowKey);
        }
        var blobs = new BlobServiceClient(connectionString, new BlobClientOptions(BlobClientOptions.ServiceVersion.V2025_11_05));
        var container = blobs.GetBlobContainerClient("blobs");
        await foreach (var item in container.GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Uncommitted }, cancellationToken))
            checker._objects[item.Name] = item;
        await foreach (var item in blobs.GetBlobContainerClient("uploads")
            .GetBlobsAsync(new GetBlobsOptions { States = BlobStates.Uncommitted }, cancellationToken))
        {
            checker._uploads[item.Name] = item;
        }
        foreach (var name in checker._objects.Keys)
        {
            try
            {
                var bytes = (await container.GetBlobClient(name).DownloadContentAsync(cancellationToken)).Value.Content.ToMemory();
                checker._hashes[name] = DigestAlgorithm.Parse(name.Split('/')[0]).Of(bytes.Span).ToString();
                checker.KeepBody(name, bytes);
            }
            catch (Azure.RequestFailedException e) when (e.Status == 404)
            {
                // Never committed.
            }
        }
        return checker;
    }

    /// <summary>Manifests, tags, referrers and links that dangle or are wrong.</summary>
    public IEnumerable<Finding> FindBroken() => FindBrokenManifests()
        .Concat(FindBrokenTags()).Concat(FindBrokenReferrers()).Concat(FindBrokenLinks());

    /// <summary>Garbage.</summary>
    public IEnumerable<Finding> FindGarbage()
    {
        var needed = Rows("m:").SelectMany(row => Needs(row.Repository, row.Key, row.Row)
            .Select(digest => (row.Repository, digest))).ToHashSet();
        foreach (var (repository, digest, row) in Rows("b:"))
        {
            if (needed.Contains((repository, digest))) continue;
            var marked = row.GetBoolean("MarkedForDeletion");
            yield return new(
                $"{repository} still links {digest}, which none of its manifests references (marked for deletion: {marked}, {Age(row)})",
                digest);
        }
        foreach (var prefix in new[] { "u:", "p:", "x:" })
        {
            foreach (var (repository, rest, row) in Rows(prefix))
            {
                yield return new($"{repository} still has {prefix}{rest} ({Age(row)})",
                    rest.Contains(':', StringComparison.Ordinal) ? [rest] : []);
            }
        }
        foreach (var (repository, rest, row) in Rows("l:"))
        {
            if (!_repositories.ContainsKey((repository, $"m:{rest}")))
                yield return new($"{repository} still has l:{rest}, of a deleted manifest ({Age(row)})", rest);
        }
        foreach (var ((digest, owner), row) in _digests)
        {
            if (owner.Length > 0 && !_repositories.ContainsKey((owner, $"b:{digest}")))
                yield return new($"{owner} still owns {digest}, which it does not link ({Age(row)})", digest);
            if (owner.Length == 0 && !_digests.Keys.Any(other => other.Digest == digest && other.Owner.Length > 0))
                yield return new($"{digest} still has a content row, and no owner ({Age(row)})", digest);
        }
        foreach (var (name, item) in _objects)
        {
            var (digest, id) = Parse(name);
            var committed = _hashes.ContainsKey(name);
            if (committed && _digests.TryGetValue((digest, ""), out var content) && content.GetString("Object") == id) continue;
            var state = committed ? "committed" : "uncommitted";
            yield return new(
                $"the object {name} still exists, and no content row names it ({state}, {item.Properties.LastModified:HH:mm:ss})",
                digest);
        }
        if (Rows("t:").Count(row => row.Repository == SoakPolicy.Retained.Replace('/', ':')) is var tags and > SoakPolicy.KeptNewest)
            yield return new($"{SoakPolicy.Retained} still has {tags} tags, of which the newest {SoakPolicy.KeptNewest} must be kept");
        foreach (var (name, item) in _uploads)
            yield return new($"{name} is still in the staging container ({item.Properties.LastModified:HH:mm:ss})");
    }

    IEnumerable<Finding> FindBrokenManifests()
    {
        foreach (var (repository, digest, row) in Rows("m:"))
        {
            var body = BodyOf(repository, digest, row);
            if (body is null || Digest.Parse(digest).Algorithm.Of(body).ToString() != digest)
            {
                yield return new($"{repository} has the manifest {digest}, and {(body is null ? "not its bytes" : "other bytes")}", digest);
                continue;
            }
            if (row.GetInt64("Size") != body.Length) yield return new($"{repository} has the manifest {digest} with a wrong size", digest);
            if (!_names.Contains(repository)) yield return new($"{repository} has manifests, and is not in the catalog", digest);
            foreach (var needed in Needs(repository, digest, row))
            {
                if (!_repositories.ContainsKey((repository, $"b:{needed}")))
                    yield return new($"{repository} has the manifest {digest}, and does not link its blob {needed}", digest, needed);
            }
        }
    }

    IEnumerable<Finding> FindBrokenTags()
    {
        foreach (var (repository, tag, row) in Rows("t:"))
        {
            var digest = row.GetString("Digest");
            if (!_repositories.TryGetValue((repository, $"m:{digest}"), out var manifest))
                yield return new($"{repository} {tag} points to {digest}, which is missing", digest, $"{repository} {tag}");
            else if (manifest.GetString("MediaType") != row.GetString("MediaType") || manifest.GetInt64("Size") != row.GetInt64("Size"))
                yield return new($"{repository} {tag} has another type or size than {digest}", digest, $"{repository} {tag}");
            if (!_repositories.ContainsKey((repository, $"d:{digest}:{tag}")))
                yield return new($"{repository} {tag} points to {digest}, which has no d: row for it", digest, $"{repository} {tag}");
        }
        foreach (var (repository, rest, _) in Rows("d:"))
        {
            var (digest, tag) = (rest[..rest.LastIndexOf(':')], rest[(rest.LastIndexOf(':') + 1)..]);
            if (!_repositories.TryGetValue((repository, $"t:{tag}"), out var row) || row.GetString("Digest") != digest)
            {
                yield return new($"{repository} {digest} has a d: row for {tag}, which does not point to it",
                    digest, $"{repository} {tag}");
            }
        }
    }

    IEnumerable<Finding> FindBrokenReferrers()
    {
        foreach (var (repository, digest, row) in Rows("m:"))
        {
            if (row.GetString("Subject") is { } subject && !_repositories.ContainsKey((repository, $"r:{subject}:{digest}")))
                yield return new($"{repository} {digest} is not among the referrers of {subject}", digest, subject);
        }
        foreach (var (repository, rest, _) in Rows("r:"))
        {
            var parts = rest.Split(':');
            var (subject, digest) = ($"{parts[0]}:{parts[1]}", $"{parts[2]}:{parts[3]}");
            if (!_repositories.TryGetValue((repository, $"m:{digest}"), out var row) || row.GetString("Subject") != subject)
                yield return new($"{repository} lists {digest} as referrer of {subject}, which it is not", digest, subject);
        }
    }

    /// <summary>A link guarantees its blob, referenced or not: clients skip a push because of it.</summary>
    IEnumerable<Finding> FindBrokenLinks()
    {
        foreach (var (repository, digest, row) in Rows("b:"))
        {
            var (id, size) = (row.GetString("Object"), row.GetInt64("Size"));
            var parsed = Digest.Parse(digest);
            var name = $"{parsed.Algorithm}/{parsed.Hex}/{id}";
            if (!_hashes.TryGetValue(name, out var hash))
                yield return new($"{repository} links {digest}, and its object {id} is missing", digest);
            else if (hash != digest || _objects[name].Properties.ContentLength != size)
                yield return new($"{repository} links {digest}, and its object {id} is {hash}", digest);
            if (!_digests.TryGetValue((digest, ""), out var content))
            {
                yield return new($"{repository} links {digest}, which has no content row", digest);
            }
            else if (content.GetString("Object") != id)
            {
                yield return new(
                    $"{repository} links {digest} in the object {id}, and the content row names {content.GetString("Object")}", digest);
            }
            if (!_digests.ContainsKey((digest, repository)))
                yield return new($"{repository} links {digest}, and is not among its owners", digest);
        }
    }

    /// <summary>The blobs that a manifest references, by its own bytes.</summary>
    IEnumerable<string> Needs(string repository, string digest, TableEntity row)
    {
        if (row.GetString("Object") is not null) yield return digest;
        if (BodyOf(repository, digest, row) is not { } body) yield break;
        using var document = JsonDocument.Parse(body);
        var root = document.RootElement;
        if (root.TryGetProperty("config", out var config)) yield return config.GetProperty("digest").GetString()!;
        if (!root.TryGetProperty("layers", out var layers)) yield break;
        foreach (var layer in layers.EnumerateArray()) yield return layer.GetProperty("digest").GetString()!;
    }

    byte[]? BodyOf(string repository, string digest, TableEntity row) => row.GetString("Object") is null
        ? row.GetBytes("Body") : _bodies.GetValueOrDefault((repository, digest));

    void KeepBody(string name, ReadOnlyMemory<byte> bytes)
    {
        var (digest, id) = Parse(name);
        foreach (var (repository, _, row) in Rows("m:").Where(row => row.Key == digest && row.Row.GetString("Object") == id))
            _bodies[(repository, digest)] = bytes.ToArray();
    }

    IEnumerable<(string Repository, string Key, TableEntity Row)> Rows(string prefix) =>
        _repositories.Where(pair => pair.Key.Row.StartsWith(prefix, StringComparison.Ordinal))
            .Select(pair => (pair.Key.Repository, pair.Key.Row[prefix.Length..], pair.Value));

    static (string Digest, string Id) Parse(string name)
    {
        var parts = name.Split('/');
        return ($"{parts[0]}:{parts[1]}", parts[2]);
    }

    static string Age(TableEntity row) => string.Create(CultureInfo.InvariantCulture, $"changed {row.Timestamp:HH:mm:ss.fff}");
}
