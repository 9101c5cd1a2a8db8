using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>A manifest to store, with its tags, and the conditions for that.</summary>
public sealed record ManifestPush
{
    /// <summary>The manifest, parsed from the request's body.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>Tags that will point to it, at most <see cref="ManifestWriter.MaxTags"/>; empty for a push by digest.</summary>
    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>Condition on the first tag, or on the manifest itself where there is none; null for no condition.</summary>
    public Precondition? Condition { get; init; }

    /// <summary>
    /// Whether tags that point to other manifests may be moved. If not, the push costs one more transaction, to read the manifest's
    /// row.
    /// </summary>
    public required bool MayOverwrite { get; init; }

    /// <summary>
    /// Whether a tag, once it exists, is immutable; null when none is. If set, the push costs one more transaction, as above.
    /// </summary>
    public Func<Tag, bool>? IsFixed { get; init; }

    /// <summary>Whether the repository may lack content that it references. If set, the push costs a read for each reference.</summary>
    public bool AcceptSparse { get; init; }

    /// <summary>Content that it references and that the repository must have, unless it is optional.</summary>
    internal IReadOnlyList<PinnedReference> References { get; init; } = [];

    /// <summary>The object that contains its bytes; null when its row contains them.</summary>
    internal BlobLink? Body { get; init; }

    /// <summary>An action for the same transaction; null for none.</summary>
    internal TableTransactionAction? With { get; init; }

    /// <summary>Whether to read the manifest's own row first, and write it only if it is unchanged.</summary>
    /// <remarks>A manifest that does not state its media type may exist with another one, which must not change.</remarks>
    internal bool ReadsManifestFirst => !MayOverwrite || IsFixed is not null || !Manifest.StatesMediaType || IsConditionOnManifest;

    internal bool IsConditionOnManifest => Condition is not null && Tags.Count == 0;

    /// <summary>Maximum number of actions besides touches: <c>m: r: p:</c>, <see cref="With"/>, and four for each tag.</summary>
    internal int MaxRows => 4 + 4 * Tags.Count;
}
