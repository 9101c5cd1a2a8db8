namespace Registry.Oci;

/// <summary>The kind of content that a manifest references, and so what must exist before the manifest is accepted.</summary>
public enum ReferenceKind
{
    /// <summary>A config or layer: a blob of the same repository.</summary>
    Blob,

    /// <summary>A child of an index: a manifest of the same repository.</summary>
    Manifest,

    /// <summary>
    /// A child of an index whose media type does not show its kind; build caches list blobs there. The manifest or the blob must exist.
    /// </summary>
    Either,

    /// <summary>
    /// Content that need not exist, but is kept if it does: non-distributable layers, and all digests in a manifest of a media type that
    /// the registry does not know.
    /// </summary>
    Optional,
}

/// <summary>Content that a manifest references, and that is kept as long as the manifest. A subject is not a reference.</summary>
/// <param name="Digest">Digest of the content.</param>
/// <param name="Kind">What must exist before the manifest is accepted.</param>
/// <param name="Size">Size that its descriptor states, in bytes; null where no descriptor is known.</param>
public readonly record struct ManifestReference(Digest Digest, ReferenceKind Kind, long? Size = null);
