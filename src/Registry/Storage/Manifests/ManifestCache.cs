using Microsoft.Extensions.Caching.Memory;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Cache of the bytes of manifests that were read or written recently. It is queried by digest only after the repository's row was
/// read, so it decides neither whether a manifest exists nor who may read it.
/// </summary>
public sealed class ManifestCache : IDisposable
{
    const long MaxBytes = 32 * 1024 * 1024;

    readonly MemoryCache _cache = new(new MemoryCacheOptions { SizeLimit = MaxBytes });

    public byte[]? Find(Digest digest) => _cache.Get<byte[]>(digest);

    public void Add(Digest digest, byte[] content) =>
        _cache.Set(digest, content, new MemoryCacheEntryOptions { Size = content.Length + 256, SlidingExpiration = TimeSpan.FromHours(1) });

    public void Dispose() => _cache.Dispose();
}
