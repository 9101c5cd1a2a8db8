using Registry.Oci;

namespace Registry.Storage;

/// <summary>The link of a repository to a blob, and the object that contains it.</summary>
/// <param name="Digest">Digest of the blob.</param>
/// <param name="ObjectId">Last part of the object's name.</param>
/// <param name="Size">Size in bytes.</param>
public sealed record BlobLink(Digest Digest, string ObjectId, long Size);
