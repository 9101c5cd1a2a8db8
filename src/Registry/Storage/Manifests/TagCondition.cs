using Registry.Oci;

namespace Registry.Storage;

/// <summary>What must hold for a tag to be moved: that it points to one of these digests, or that it does not exist.</summary>
/// <remarks>RFC 9110, sections 13.1.1 and 13.1.2; the entity tag of a manifest is its digest.</remarks>
public sealed record TagCondition(bool MustExist, bool MustNotExist, IReadOnlyCollection<string> Digests)
{
    internal bool Holds(Digest? current) => MustNotExist ? current is null
        : current is not null && (MustExist || Digests.Contains(current.ToString()));
}
