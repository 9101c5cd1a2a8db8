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

    /// <summary>Content that need not exist, but is pinned if it does: non-distributable layers, fields of unknown media types.</summary>
    Optional,
}

/// <summary>Content that a manifest references, and that is kept as long as the manifest. A subject is not a reference.</summary>
public readonly record struct ManifestReference(Digest Digest, ReferenceKind Kind);
