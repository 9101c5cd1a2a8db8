using System.Globalization;
using Registry.Oci;

namespace Registry.Policies;

/// <summary>Whether a tag or a manifest is kept or removed, and why.</summary>
/// <param name="Removed">Whether it is removed.</param>
/// <param name="Tag">The tag; null for a manifest.</param>
/// <param name="Digest">Digest of the manifest; for a tag, of the manifest that it points to.</param>
/// <param name="WithManifest">For a tag: its manifest is removed directly after it, and that removal includes the tag.</param>
public readonly record struct RetentionDecision(bool Removed, Tag? Tag, Digest Digest, bool WithManifest)
{
    /// <summary>The reason, formatted only on demand, because there is one for every tag and manifest.</summary>
    internal FormattableString? Because { get; init; }

    /// <summary>The reason, such as <c>kept by rule 'ci': among the newest 10</c>.</summary>
    public string Reason => Because?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>Such as <c>keep v1: kept by rule 'ci': among the newest 10</c>.</summary>
    public override string ToString() => $"{(Removed ? "remove" : "keep")} {Tag?.Value ?? Digest.ToString()}: {Reason}";
}

/// <summary>Formats an age, such as <c>3 days ago</c>.</summary>
readonly record struct Age(TimeSpan Value)
{
    public override string ToString() => Value.TotalDays switch
    {
        < 1 => "today",
        < 2 => "1 day ago",
        var days => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(days)} days ago"),
    };
}

/// <summary>Formats an ordinal number, such as <c>22nd</c>.</summary>
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
