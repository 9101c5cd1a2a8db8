using Registry.Oci;

namespace Registry.Integrity;

/// <summary>What is to be checked.</summary>
/// <param name="Digests">Whether the bytes of every object are read and hashed.</param>
/// <param name="Repair">Whether what can be repaired is.</param>
/// <param name="Repositories">
/// Names of repositories and nothing else, with the content that they link; empty for all of the registry.
/// </param>
public sealed record CheckOptions(bool Digests = false, bool Repair = false, IReadOnlyList<RepositoryName>? Repositories = null);
