using Registry.Oci;

namespace Registry.Policies;

/// <summary>The contents of a repository that retention depends on.</summary>
/// <param name="Manifests">All manifests, each once.</param>
/// <param name="Tags">All tags, each once.</param>
/// <param name="PullsSince">
/// When records of pulls begin; null for always. A manifest without a record may have been pulled until then, and counts as pulled
/// then: a rule for pulls removes nothing before records cover its period.
/// </param>
/// <param name="PinnedByPush">
/// Manifests that a push in progress pins: children of an index that is not among the manifests yet. Read before the manifests.
/// </param>
public sealed record RepositoryContents(
    IReadOnlyList<HeldManifest> Manifests,
    IReadOnlyList<HeldTag> Tags,
    DateTimeOffset? PullsSince,
    IReadOnlyCollection<Digest> PinnedByPush);

/// <summary>A manifest.</summary>
/// <param name="Digest">Digest of the manifest.</param>
/// <param name="Pushed">When it was last pushed.</param>
/// <param name="Touched">When it was last pushed, referenced by an index that was pushed, or lost a tag.</param>
/// <param name="Children">Manifests that it references; those that the repository does not have are ignored.</param>
/// <param name="Subject">Its subject, which may be missing in the repository; null for none.</param>
/// <param name="Pulled">Day (UTC) of the last pull; null if there is no record.</param>
public sealed record HeldManifest(
    Digest Digest, DateTimeOffset Pushed, DateTimeOffset Touched, IReadOnlyList<Digest> Children, Digest? Subject, DateOnly? Pulled);

/// <summary>A tag.</summary>
/// <param name="Tag">Name of the tag.</param>
/// <param name="Digest">The manifest that it points to.</param>
/// <param name="Pushed">When it was last pushed, including a push of the same manifest.</param>
public sealed record HeldTag(Tag Tag, Digest Digest, DateTimeOffset Pushed);
