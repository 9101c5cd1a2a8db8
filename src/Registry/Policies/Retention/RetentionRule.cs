using Registry.Oci;

namespace Registry.Policies;

/// <summary>What is kept in some repositories, and for how long; whatever no rule is about is kept for good.</summary>
public sealed class RetentionRule
{
    readonly Pattern[] _repositories;
    readonly Pattern[] _tags;

    internal RetentionRule(string name, Pattern[] repositories, Pattern[] tags) =>
        (Name, _repositories, _tags) = (name, repositories, tags);

    public string Name { get; }

    /// <summary>Keep as many tags of those that the rule is about, the newest; null for no such condition.</summary>
    public int? KeepNewest { get; internal init; }

    /// <summary>Keep tags that were pushed within as many days.</summary>
    public int? KeepPushedDays { get; internal init; }

    /// <summary>Keep tags, and manifests without one, that were pulled within as many days.</summary>
    public int? KeepPulledDays { get; internal init; }

    /// <summary>Remove manifests without a tag that nothing needs after as many days; null for not removing them.</summary>
    public int? UntaggedDays { get; internal init; }

    /// <summary>Whether it says anything of tags: then those that it is about are removed if nothing keeps them.</summary>
    internal bool IsAboutTags => KeepNewest is not null || KeepPushedDays is not null || KeepPulledDays is not null;

    internal bool IsAbout(RepositoryName name) => Pattern.AnyMatches(_repositories, name.Value);

    internal bool IsAbout(Tag tag) => Pattern.AnyMatches(_tags, tag.Value);
}
