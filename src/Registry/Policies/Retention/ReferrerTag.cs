using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>
/// A tag by which clients attach something to a manifest: <c>sha256-{hex}</c> with <c>.sig</c>, <c>.att</c> or <c>.sbom</c> as cosign
/// writes it, and without as the fallback for registries that have no referrers.
/// </summary>
/// <remarks>
/// Distribution spec, "Referrers Tag Schema": the digest is cut off after 64 digits, which a longer one then only begins with.
/// </remarks>
static partial class ReferrerTag
{
    /// <summary>What the tag names its subject by, as <see cref="KeyOf"/> has it.</summary>
    public static bool TryParse(Tag tag, [NotNullWhen(true)] out string? subject)
    {
        subject = Pattern().Match(tag.Value) is { Success: true } match ? match.Groups[1].Value : null;
        return subject is not null;
    }

    public static string KeyOf(Digest digest) => $"{digest.Algorithm.Name}-{digest.Hex[..64]}";

    [GeneratedRegex(@"\A(sha(?:256|512)-[0-9a-f]{64})(?:\.sig|\.att|\.sbom)?\z", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
