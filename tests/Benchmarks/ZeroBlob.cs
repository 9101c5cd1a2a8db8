using System.Buffers.Binary;
using System.Net;
using System.Security.Cryptography;
using Registry.Tests;

namespace Registry.Benchmarks;

/// <summary>A blob generated while it is sent, from a seed and zeros, so that large ones need no disk space.</summary>
static class ZeroBlob
{
    /// <summary>Pushes the blob with one PUT, and returns its digest.</summary>
    public static async Task<string> PushAsync(HttpClient client, string name, long length, int seed)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        await new Content(length, seed).CopyToAsync(bytes => hash.AppendData(bytes.Span));
        var digest = $"sha256:{Convert.ToHexStringLower(hash.GetHashAndReset())}";
        var location = await client.BeginUploadAsync(name);
        using var put = await client.PutAsync(OciContent.Closing(location, digest), new Content(length, seed));
        if (put.StatusCode != HttpStatusCode.Created)
            throw new HttpRequestException($"PUT: {put.StatusCode} {await put.Content.ReadAsStringAsync()}");
        return digest;
    }

    sealed class Content(long length, int seed) : HttpContent
    {
        public Task CopyToAsync(Action<ReadOnlyMemory<byte>> write) => WriteAsync(bytes =>
        {
            write(bytes);
            return ValueTask.CompletedTask;
        });

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            WriteAsync(bytes => stream.WriteAsync(bytes));

        protected override bool TryComputeLength(out long computed)
        {
            computed = length;
            return true;
        }

        async Task WriteAsync(Func<ReadOnlyMemory<byte>, ValueTask> write)
        {
            var buffer = new byte[1 << 20];
            BinaryPrimitives.WriteInt32LittleEndian(buffer, seed);
            for (var left = length; left > 0; left -= buffer.Length) await write(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)));
        }
    }
}
