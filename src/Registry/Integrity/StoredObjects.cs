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

/// <summary>The objects of container <c>blobs</c>, as a check asks for them.</summary>
sealed class StoredObjects(StorageAccount account)
{
    const int BufferSize = 1024 * 1024;

    /// <summary>Names of objects that have been read and were not what their names say.</summary>
    readonly ConcurrentDictionary<string, bool> _corrupt = new();

    /// <summary>The length of an object; null when it is not there.</summary>
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

    /// <summary>Whether an object is there with this length, and not known to be corrupt.</summary>
    public async Task<bool> IsThereAsync(Digest digest, string? id, long? size, CancellationToken cancellationToken) =>
        id is { Length: > 0 } && !_corrupt.ContainsKey(Layout.BlobObject(digest, id))
        && await FindLengthAsync(digest, id, cancellationToken) is { } length && (size is null || length == size);

    /// <summary>Reads an object and hashes it.</summary>
    /// <returns>Whether its bytes are those of its digest, and how many there were; null when it is not there.</returns>
    public async Task<(bool IsRight, long Length)?> VerifyAsync(Digest digest, string id, CancellationToken cancellationToken)
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
            var isRight = running.Finish() == digest;
            if (!isRight) _corrupt[name] = true;
            return (isRight, length);
        }
        catch (RequestFailedException e) when (e.Status == 404)
        {
            return null;
        }
    }

    /// <summary>
    /// The bytes of an object that is no longer than a manifest; null when it is not there, is longer, or is not what its name says.
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

    /// <summary>All objects of a digest.</summary>
    public async IAsyncEnumerable<StoredObject> ListAsync(Digest digest, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var prefix = Layout.BlobObject(digest, "");
        await foreach (var item in account.BlobObjects.GetBlobsAsync(BlobTraits.None, BlobStates.None, prefix, cancellationToken))
            yield return new StoredObject(item.Name[prefix.Length..], item.Properties.ContentLength ?? 0);
    }

    /// <summary>Finds an object that has a digest's bytes: the one that counts, else any that proves to be right when it is read.</summary>
    /// <param name="digest">Of the bytes.</param>
    /// <param name="first">The object to try first, whose length vouches for it.</param>
    /// <param name="cancellationToken">Ends the search.</param>
    public async Task<StoredObject?> FindAsync(Digest digest, StoredObject? first, CancellationToken cancellationToken)
    {
        if (first is { } tried && await IsThereAsync(digest, tried.Id, tried.Length, cancellationToken)) return first;
        await foreach (var item in ListAsync(digest, cancellationToken))
        {
            if (_corrupt.ContainsKey(Layout.BlobObject(digest, item.Id))) continue;
            if (await VerifyAsync(digest, item.Id, cancellationToken) is { IsRight: true }) return item;
        }
        return null;
    }
}

/// <summary>An object by the last part of its name, and its length in bytes.</summary>
readonly record struct StoredObject(string Id, long Length)
{
    /// <summary>What a row of a link or of content says; null when it says nothing.</summary>
    public static StoredObject? NamedBy(TableEntity? row) =>
        row?.GetText(Columns.Object) is { Length: > 0 } id && row.GetLong(Columns.Size) is { } size ? new(id, size) : null;
}
