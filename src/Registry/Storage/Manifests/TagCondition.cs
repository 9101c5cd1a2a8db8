using Registry.Oci;

namespace Registry.Storage;

/// <summary>Condition for moving a tag: it points to one of these digests, or exists, or does not exist.</summary>
/// <remarks>RFC 9110, sections 13.1.1 and 13.1.2; the entity tag of a manifest is its digest.</remarks>
public sealed record TagCondition(bool MustExist, bool MustNotExist, IReadOnlyCollection<string> Digests)
{
    internal bool Holds(Digest? current) => MustNotExist ? current is null
        : current is not null && (MustExist || Digests.Contains(current.ToString()));
}
