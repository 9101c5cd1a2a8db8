using Registry.Oci;

namespace Registry.Policies;

/// <summary>What a repository holds, as far as retention asks.</summary>
/// <param name="Manifests">All manifests, each once.</param>
/// <param name="Tags">All tags, each once.</param>
/// <param name="PullsSince">
/// Since when pulls are recorded; null for always. What has no record may have been pulled until
/// then, and counts as pulled then: a rule on pulls takes nothing away before it can know.
/// </param>
/// <param name="PinnedByPush">Manifests that a push under way needs, of an index that is not among the manifests yet. Read before those.</param>
public sealed record RepositoryContents(
    IReadOnlyList<HeldManifest> Manifests, IReadOnlyList<HeldTag> Tags, DateTimeOffset? PullsSince, IReadOnlyCollection<Digest> PinnedByPush);

/// <summary>A manifest.</summary>
/// <param name="Digest">Its digest.</param>
/// <param name="Pushed">When it was pushed last.</param>
/// <param name="Touched">When it was last pushed, became the child of an index that was pushed, or lost a tag.</param>
/// <param name="Children">Manifests that it needs; those that the repository does not have are passed over.</param>
/// <param name="Subject">The manifest that it refers to, which need not be there; null for none.</param>
/// <param name="Pulled">The day (UTC) on which it was pulled last; null when there is no record.</param>
public sealed record HeldManifest(
    Digest Digest, DateTimeOffset Pushed, DateTimeOffset Touched, IReadOnlyList<Digest> Children, Digest? Subject, DateOnly? Pulled);

/// <summary>A tag.</summary>
/// <param name="Tag">Its name.</param>
/// <param name="Digest">The manifest that it points to.</param>
/// <param name="Pushed">When it was pushed last, also to the manifest that it pointed to already.</param>
public sealed record HeldTag(Tag Tag, Digest Digest, DateTimeOffset Pushed);
