using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using Azure;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Hashing;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Integrity;

/// <summary>Reads the objects of container <c>blobs</c> for a check.</summary>
sealed class StoredObjects(StorageAccount account)
{
    const int BufferSize = 1024 * 1024;

    /// <summary>Names of objects whose bytes did not match their digest.</summary>
    readonly ConcurrentDictionary<string, bool> _corrupt = new();

    /// <summary>Length of an object in bytes; null when it does not exist.</summary>
    public async Task<long?> FindLengthAsync(Digest digest, string id, CancellationToken cancellationToken)
    {
        try
        {
            var properties = await account.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id))
                .GetPropertiesAsync(cancellationToken: cancellationToken);
            return properties.Value.ContentLength;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Whether an object exists with this length, and is not known to be corrupt.</summary>
    public async Task<bool> ExistsAsync(Digest digest, string? id, long? size, CancellationToken cancellationToken) =>
        id is { Length: > 0 } && !_corrupt.ContainsKey(Layout.BlobObject(digest, id))
        && await FindLengthAsync(digest, id, cancellationToken) is { } length && (size is null || length == size);

    /// <summary>Reads an object and hashes it.</summary>
    /// <returns>Whether its bytes match its digest, and its length in bytes; null when it does not exist.</returns>
    public async Task<(bool IsIntact, long Length)?> VerifyAsync(Digest digest, string id, CancellationToken cancellationToken)
    {
        var name = Layout.BlobObject(digest, id);
        try
        {
            using var running = RunningDigest.Create(digest.Algorithm);
            var answer = await account.BlobObjects.GetBlobClient(name).DownloadStreamingAsync(cancellationToken: cancellationToken);
            await using var content = answer.Value.Content;
            var length = 0L;
            var buffer = ArrayPool<byte>.Shared.Rent((int)Math.Clamp(answer.Value.Details.ContentLength, 1, BufferSize));
            try
            {
                int read;
                while ((read = await content.ReadAsync(buffer, cancellationToken)) > 0)
                {
                    running.Append(buffer.AsSpan(0, read));
                    length += read;
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
            var isIntact = running.Finish() == digest;
            if (!isIntact) _corrupt[name] = true;
            return (isIntact, length);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads an object of at most the size of a manifest; null when it does not exist, is longer, or does not match its digest.
    /// </summary>
    public async Task<byte[]?> ReadManifestAsync(Digest digest, string id, CancellationToken cancellationToken)
    {
        try
        {
            var blob = account.BlobObjects.GetBlobClient(Layout.BlobObject(digest, id));
            var answer = await blob.DownloadStreamingAsync(cancellationToken: cancellationToken);
            await using var content = answer.Value.Content;
            if (answer.Value.Details.ContentLength > Manifest.MaxSize) return null;
            var bytes = new byte[answer.Value.Details.ContentLength];
            await content.ReadExactlyAsync(bytes, cancellationToken);
            return digest.Algorithm.Of(bytes) == digest ? bytes : null;
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>Lists all objects of a digest.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync(Digest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = Layout.BlobObject(digest, "");
        await foreach (var item in account.BlobObjects.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken))
            yield return new StoredObject(item.Name[prefix.Length..], item.Properties.ContentLength ?? 0);
    }

    /// <summary>Finds an object with the bytes of a digest: a given one, otherwise any whose bytes match when they are hashed.</summary>
    /// <param name="digest">Digest of the bytes.</param>
    /// <param name="first">The object to try first; only its length is checked. Null for none.</param>
    /// <param name="cancellationToken">Cancels the search.</param>
    public async Task<StoredObject?> FindAsync(Digest digest, StoredObject? first, CancellationToken cancellationToken)
    {
        if (first is { } tried && await ExistsAsync(digest, tried.Id, tried.Length, cancellationToken)) return first;
        await foreach (var item in ListAsync(digest, cancellationToken))
        {
            if (_corrupt.ContainsKey(Layout.BlobObject(digest, item.Id))) continue;
            if (await VerifyAsync(digest, item.Id, cancellationToken) is { IsIntact: true }) return item;
        }
        return null;
    }
}

/// <summary>An object: the last part of its name, and its length in bytes.</summary>
readonly record struct StoredObject(string Id, long Length)
{
    /// <summary>The object that a link or content row names; null when it names none.</summary>
    public static StoredObject? NamedBy(TableEntity? row) =>
        row?.GetText(Columns.Object) is { Length: > 0 } id && row.GetLong(Columns.Size) is { } size ? new(id, size) : null;
}
