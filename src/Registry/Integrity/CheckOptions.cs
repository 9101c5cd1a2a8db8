using Registry.Oci;

namespace Registry.Integrity;

/// <summary>Scope of a check, and whether it repairs.</summary>
/// <param name="Digests">Whether the bytes of every object are read and hashed.</param>
/// <param name="Repair">Whether to repair what can be repaired.</param>
/// <param name="Repositories">
/// Names of the repositories to check, with the content that they link; null or empty for the whole registry.
/// </param>
public sealed record CheckOptions(bool Digests = false, bool Repair = false, IReadOnlyList<RepositoryName>? Repositories = null);
