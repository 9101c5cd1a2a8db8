using Registry.Oci;

namespace Registry.Policies;

/// <summary>What nobody may do to a tag once it exists: the words of <c>mode</c>.</summary>
public enum TagMode
{
    /// <summary>Let it point to another manifest.</summary>
    Once,

    /// <summary>That, or delete it, or the manifest that it points to.</summary>
    Locked,
}

/// <summary>The words for modes.</summary>
public static class TagModeNames
{
    public static readonly IReadOnlyDictionary<string, TagMode> All =
        Enum.GetValues<TagMode>().ToDictionary(mode => mode.ToString().ToLowerInvariant());
}

/// <summary>A rule on tags: whoever may do what, those that it is about stay as they were pushed.</summary>
public sealed class TagRule
{
    readonly Pattern[] _repositories;
    readonly Pattern[] _tags;

    internal TagRule(string name, Pattern[] repositories, Pattern[] tags, TagMode mode) =>
        (Name, _repositories, _tags, Mode) = (name, repositories, tags, mode);

    public string Name { get; }

    public TagMode Mode { get; }

    /// <summary>Such as <c>tags v*, w* are neither moved nor deleted once they exist, by rule 'releases'</c>.</summary>
    public override string ToString() =>
        $"tags {string.Join(", ", _tags.AsEnumerable())} are "
        + $"{(Mode == TagMode.Locked ? "neither moved nor deleted" : "not moved")} once they exist, by rule '{Name}'";

    internal bool IsAbout(RepositoryName name) => Pattern.AnyMatches(_repositories, name.Value);

    internal bool IsAbout(Tag tag) => Pattern.AnyMatches(_tags, tag.Value);
}
