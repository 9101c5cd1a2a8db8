using Registry.Oci;

namespace Registry.Policies;

/// <summary>Kinds of immutable tags, as in <c>mode</c> of a policy's tag rules.</summary>
public enum TagMode
{
    /// <summary>The tag cannot be moved to another manifest.</summary>
    Once,

    /// <summary>The tag can be neither moved nor deleted, and its manifest cannot be deleted.</summary>
    Locked,
}

/// <summary>Names of the modes in policies.</summary>
public static class TagModeNames
{
    public static readonly IReadOnlyDictionary<string, TagMode> All =
        Enum.GetValues<TagMode>().ToDictionary(mode => mode.ToString().ToLowerInvariant());
}

/// <summary>A rule that makes tags immutable, whatever the authorization rules allow.</summary>
public sealed class TagRule
{
    readonly Pattern[] _repositories;
    readonly Pattern[] _tags;

    internal TagRule(string name, Pattern[] repositories, Pattern[] tags, TagMode mode) =>
        (Name, _repositories, _tags, Mode) = (name, repositories, tags, mode);

    public string Name { get; }

    public TagMode Mode { get; }

    /// <summary>Such as <c>tags v*, w* cannot be moved or deleted once they exist, by rule 'releases'</c>.</summary>
    public override string ToString() =>
        $"tags {string.Join(", ", _tags.AsEnumerable())} cannot be "
        + $"{(Mode == TagMode.Locked ? "moved or deleted" : "moved")} once they exist, by rule '{Name}'";

    internal bool IsAbout(RepositoryName name) => Pattern.AnyMatches(_repositories, name.Value);

    internal bool IsAbout(Tag tag) => Pattern.AnyMatches(_tags, tag.Value);
}
