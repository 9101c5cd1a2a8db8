using Registry.Oci;

namespace Registry.Policies;

/// <summary>The rules for immutable tags of one repository.</summary>
public sealed class TagRules
{
    readonly TagRule[] _rules;

    /// <summary>Sorts rules that lock first: if two rules match a tag, the stricter one applies.</summary>
    internal TagRules(IEnumerable<TagRule> rules) => _rules = [.. rules.OrderByDescending(rule => rule.Mode)];

    /// <summary>All rules; those that lock come first.</summary>
    public IReadOnlyList<TagRule> All => _rules;

    /// <summary>Whether any rule locks tags, so that some may not be deleted.</summary>
    public bool HasLocks => _rules.Length > 0 && _rules[0].Mode == TagMode.Locked;

    /// <summary>The strictest rule that makes the tag immutable; null for none.</summary>
    public TagRule? Find(Tag tag) => Array.Find(_rules, rule => rule.IsAbout(tag));

    /// <summary>Whether the tag cannot be moved once it exists.</summary>
    public bool IsImmutable(Tag tag) => Find(tag) is not null;

    /// <summary>Whether the tag can be neither moved nor deleted once it exists.</summary>
    public bool IsLocked(Tag tag) => Find(tag)?.Mode == TagMode.Locked;
}
