namespace Registry.Policies;

/// <summary>The retention rules for one repository.</summary>
/// <param name="Rules">The rules that apply to the repository; at least one.</param>
/// <param name="Tags">The rules for immutable tags, because locked tags are always kept; null for none.</param>
public sealed record RepositoryRetention(IReadOnlyList<RetentionRule> Rules, TagRules? Tags);
