using Registry.Oci;

namespace Registry.Policies;

/// <summary>A retention rule. Tags and manifests to which no rule applies are kept for good.</summary>
public sealed class RetentionRule
{
    readonly Pattern[] _repositories;
    readonly Pattern[] _tags;

    internal RetentionRule(string name, Pattern[] repositories, Pattern[] tags) =>
        (Name, _repositories, _tags) = (name, repositories, tags);

    public string Name { get; }

    /// <summary>How many of the newest tags to which the rule applies are kept; null for no such condition.</summary>
    public int? KeepNewest { get; internal init; }

    /// <summary>Keeps tags that were pushed within this many days; null for no such condition.</summary>
    public int? KeepPushedDays { get; internal init; }

    /// <summary>Keeps tags, and manifests without a tag, that were pulled within this many days; null for no such condition.</summary>
    public int? KeepPulledDays { get; internal init; }

    /// <summary>Days after which manifests without a tag and without use are deleted; null to keep them.</summary>
    public int? UntaggedDays { get; internal init; }

    /// <summary>Whether the rule has conditions for tags: a tag to which it applies is then removed unless a condition keeps it.</summary>
    internal bool IsAboutTags => KeepNewest is not null || KeepPushedDays is not null || KeepPulledDays is not null;

    internal bool IsAbout(RepositoryName name) => Pattern.AnyMatches(_repositories, name.Value);

    internal bool IsAbout(Tag tag) => Pattern.AnyMatches(_tags, tag.Value);
}
