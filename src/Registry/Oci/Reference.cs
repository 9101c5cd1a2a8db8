using System.Diagnostics.CodeAnalysis;

namespace Registry.Oci;

/// <summary>Names a manifest in a repository by a <see cref="Oci.Tag"/> or a <see cref="Oci.Digest"/>, exactly one of them.</summary>
/// <remarks>Distribution spec: <c>&lt;tag-or-digest&gt;</c>.</remarks>
public sealed record Reference
{
    Reference(Tag? tag, Digest? digest) => (Tag, Digest) = (tag, digest);

    public Tag? Tag { get; }

    public Digest? Digest { get; }

    public static Reference To(Digest digest) => new(null, digest);

    public static Reference To(Tag tag) => new(tag, null);

    /// <summary>Whether the text can only be meant as a digest: no tag contains a colon.</summary>
    public static bool LooksLikeDigest(string text) => text.Contains(':', StringComparison.Ordinal);

    public static bool TryParse(string text, [NotNullWhen(true)] out Reference? reference)
    {
        reference = Oci.Digest.TryParse(text, out var digest) ? new(null, digest)
            : Oci.Tag.TryParse(text, out var tag) ? new(tag, null)
            : null;
        return reference is not null;
    }

    public override string ToString() => Digest?.ToString() ?? Tag!.ToString();
}
