namespace Registry.Oci;

/// <summary>What a manifest says of some content that it names, and so what must be there before it is accepted.</summary>
public enum ReferenceKind
{
    /// <summary>A config or layer: a blob of the same repository.</summary>
    Blob,

    /// <summary>A child of an index: a manifest of the same repository.</summary>
    Manifest,

    /// <summary>A child of an index whose type does not tell; build caches list blobs there. Either must be there.</summary>
    Either,

    /// <summary>Content that need not be there, but is kept when it is: non-distributable layers, fields of unknown types.</summary>
    Optional,
}

/// <summary>Content that a manifest names and that is kept for as long as the manifest is. A subject is no such content.</summary>
public readonly record struct ManifestReference(Digest Digest, ReferenceKind Kind);
