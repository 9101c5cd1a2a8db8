using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>
/// A tag that attaches its manifest to another one: <c>sha256-{hex}</c> with <c>.sig</c>, <c>.att</c> or <c>.sbom</c> as cosign writes
/// it, or without a suffix as the fallback for registries without the referrers API.
/// </summary>
/// <remarks>
/// Distribution spec, "Referrers Tag Schema": the hash is truncated to 64 characters, so that of a longer digest is a prefix.
/// </remarks>
static partial class ReferrerTag
{
    /// <summary>Gets the key of the subject that the tag names, in the form of <see cref="KeyOf"/>.</summary>
    public static bool TryParse(Tag tag, [NotNullWhen(true)] out string? subject)
    {
        subject = Pattern().Match(tag.Value) is { Success: true } match ? match.Groups[1].Value : null;
        return subject is not null;
    }

    public static string KeyOf(Digest digest) => $"{digest.Algorithm.Name}-{digest.Hex[..64]}";

    [GeneratedRegex(@"\A(sha(?:256|512)-[0-9a-f]{64})(?:\.sig|\.att|\.sbom)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
