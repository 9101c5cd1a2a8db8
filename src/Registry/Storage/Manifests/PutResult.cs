using Registry.Oci;

namespace Registry.Storage;

/// <summary>Outcome of a push of a manifest.</summary>
/// <param name="Status">Whether it was stored, or why not.</param>
/// <param name="Missing">Digest of the content that is missing, if any.</param>
/// <param name="Taken">The tag because of which the push was refused, if any.</param>
/// <param name="MayBeWritten">
/// Whether a refused push has sent its write before: if the answer was lost, the push may be refused because of what it wrote itself.
/// </param>
public readonly record struct PutResult(PutStatus Status, Digest? Missing = null, Tag? Taken = null, bool MayBeWritten = false);

/// <summary>Whether a manifest was stored, or why not.</summary>
public enum PutStatus
{
    Stored,

    /// <summary>The repository does not have content that the manifest references.</summary>
    ReferenceMissing,

    /// <summary>The tag does not meet the client's condition (<c>If-Match</c>, <c>If-None-Match</c>).</summary>
    ConditionFailed,

    /// <summary>A tag points to another manifest, and this push may not move it.</summary>
    TagExists,

    /// <summary>A tag points to another manifest, and is immutable.</summary>
    TagImmutable,

    /// <summary>The condition of <see cref="ManifestPush.With"/> failed.</summary>
    Refused,

    /// <summary>The manifest exists with another media type: pulls of its tags would return something else.</summary>
    MediaTypeConflict,
}
