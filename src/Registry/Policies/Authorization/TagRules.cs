using Registry.Oci;

namespace Registry.Policies;

/// <summary>The rules on the tags of one repository.</summary>
public sealed class TagRules
{
    readonly TagRule[] _rules;

    /// <summary>Those that lock come first: of two rules about a tag the stricter one counts.</summary>
    internal TagRules(IEnumerable<TagRule> rules) => _rules = [.. rules.OrderByDescending(rule => rule.Mode)];

    /// <summary>Those that lock first.</summary>
    public IReadOnlyList<TagRule> All => _rules;

    /// <summary>Whether there may be tags that cannot be deleted.</summary>
    public bool HasLocks => _rules.Length > 0 && _rules[0].Mode == TagMode.Locked;

    /// <summary>The rule that keeps the tag, once it exists, from being moved; null for none.</summary>
    public TagRule? Find(Tag tag) => Array.Find(_rules, rule => rule.IsAbout(tag));

    /// <summary>Whether the tag, once it exists, must not be moved.</summary>
    public bool IsImmutable(Tag tag) => Find(tag) is not null;

    /// <summary>Whether the tag, once it exists, must neither be moved nor deleted.</summary>
    public bool IsLocked(Tag tag) => Find(tag)?.Mode == TagMode.Locked;
}
