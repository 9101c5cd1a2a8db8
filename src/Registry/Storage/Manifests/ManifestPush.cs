using Azure.Data.Tables;
using Registry.Oci;

namespace Registry.Storage;

/// <summary>A manifest that is to be stored, with its tags, and what must hold for that.</summary>
public sealed record ManifestPush
{
    /// <summary>Parsed from what was pushed.</summary>
    public required Manifest Manifest { get; init; }

    /// <summary>The tags that are to point to it, <see cref="ManifestWriter.MaxTags"/> at most; none for a push by digest.</summary>
    public IReadOnlyList<Tag> Tags { get; init; } = [];

    /// <summary>What must hold for the first tag; null for nothing.</summary>
    public TagCondition? Condition { get; init; }

    /// <summary>
    /// Whether tags that point to other manifests may be moved, and a manifest that is there may get another media type. Who may not
    /// costs a transaction more, to see whether it is there.
    /// </summary>
    public required bool MayOverwrite { get; init; }

    /// <summary>
    /// Which tags nobody may move, once they exist; null for none. Where there may be some, a push costs a transaction more, as above.
    /// </summary>
    public Func<Tag, bool>? IsFixed { get; init; }

    /// <summary>What it references and the repository must have.</summary>
    internal IReadOnlyList<PinnedReference> References { get; init; } = [];

    /// <summary>The object with its bytes; null when they lie in its row.</summary>
    internal BlobLink? Body { get; init; }

    /// <summary>Done in the same transaction, or nothing is; null for nothing.</summary>
    internal TableTransactionAction? With { get; init; }

    /// <summary>Whether the manifest's own row is read, so that it is only changed if it may be.</summary>
    internal bool LooksFirst => !MayOverwrite || IsFixed is not null;

    /// <summary>Rows besides what it references: <c>m:</c>, <c>r:</c>, <c>p:</c>, <see cref="With"/>, and four for each tag.</summary>
    internal int MaxRows => 4 + 4 * Tags.Count;
}
