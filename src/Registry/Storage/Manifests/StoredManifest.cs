using Registry.Oci;

namespace Registry.Storage;

/// <summary>A manifest that was read: the values of the response's headers, and its bytes, if they were asked for.</summary>
public sealed record StoredManifest(Digest Digest, string MediaType, long Size, ReadOnlyMemory<byte> Content);
