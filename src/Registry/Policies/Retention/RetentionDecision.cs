using System.Globalization;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>What is to become of a tag or a manifest, and why.</summary>
/// <param name="Removed">Whether it goes.</param>
/// <param name="Tag">The tag; null for a manifest.</param>
/// <param name="Digest">The manifest, also of a tag.</param>
/// <param name="WithManifest">For a tag: its manifest is removed right behind it, and takes the tag along.</param>
public readonly record struct RetentionDecision(bool Removed, Tag? Tag, Digest Digest, bool WithManifest)
{
    /// <summary>Put into words only when somebody asks: there are as many as there are manifests.</summary>
    internal FormattableString? Because { get; init; }

    /// <summary>Such as <c>kept by rule 'ci': among the newest 10</c>.</summary>
    public string Reason => Because?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>Such as <c>keep v1: kept by rule 'ci': among the newest 10</c>.</summary>
    public override string ToString() => $"{(Removed ? "remove" : "keep")} {Tag?.Value ?? Digest.ToString()}: {Reason}";
}

/// <summary>How long ago something was, in words.</summary>
readonly record struct Age(TimeSpan Value)
{
    public override string ToString() => Value.TotalDays switch
    {
        < 1 => "today",
        < 2 => "1 day ago",
        var days => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(days)} days ago"),
    };
}

/// <summary>Such as <c>22nd</c>.</summary>
readonly record struct Ordinal(int Value)
{
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Value}{Suffix}");

    string Suffix => (Value % 100, Value % 10) switch
    {
        ( >= 11 and <= 13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
}
