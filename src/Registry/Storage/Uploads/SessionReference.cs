using Registry.Oci;

namespace Registry.Storage;

/// <summary>Identifies an upload session in a request.</summary>
/// <param name="Name">Repository of the session.</param>
/// <param name="Id">UUID in the session's Location URL.</param>
/// <param name="Token">Token in the session's Location URL; null when the principal may push to the repository anyway.</param>
public readonly record struct SessionReference(RepositoryName Name, Guid Id, string? Token = null);
