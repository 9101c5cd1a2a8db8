using Registry.Oci;

namespace Registry.Storage;

/// <summary>An upload session as its location states it: which session, and where the next request continues.</summary>
/// <param name="Name">Repository of the session.</param>
/// <param name="Id">UUID in the session's Location URL.</param>
/// <param name="Algorithm">Algorithm of the digest that the client announced, else SHA-256.</param>
/// <param name="Offset">Number of bytes received and acknowledged; the body of the next request continues there.</param>
/// <param name="IsStored">Whether the session has a row. It gets one with its first bytes.</param>
/// <param name="Begun">When the session began: it expires even if it never gets a row.</param>
public sealed record SessionReference(
    RepositoryName Name, Guid Id, DigestAlgorithm Algorithm, long Offset, bool IsStored, DateTimeOffset Begun);
