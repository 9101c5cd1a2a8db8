using Registry.Oci;

namespace Registry.Storage;

/// <summary>
/// Condition for changing a tag or manifest, by the digests that it may or must not have now. <see cref="Any"/> stands for all.
/// </summary>
/// <param name="Match">It must exist and have one of these (If-Match); null for no such condition.</param>
/// <param name="NoneMatch">It must not exist, or have none of these (If-None-Match); null for no such condition.</param>
/// <remarks>RFC 9110, sections 13.1.1 and 13.1.2; the entity tag of a manifest is its digest.</remarks>
public sealed record Precondition(IReadOnlyCollection<string>? Match, IReadOnlyCollection<string>? NoneMatch)
{
    public const string Any = "*";

    /// <summary>Whether it only requires that nothing exists.</summary>
    public bool IsAbsence => Match is null && NoneMatch is { Count: 1 } && NoneMatch.Contains(Any);

    public bool Holds(Digest? current) =>
        (Match is null || Names(Match, current)) && (NoneMatch is null || !Names(NoneMatch, current));

    static bool Names(IReadOnlyCollection<string> digests, Digest? current) =>
        current is not null && (digests.Contains(Any) || digests.Contains(current.ToString()));
}
