namespace Registry.Policies;

/// <summary>What a policy says of keeping and removing in one repository.</summary>
/// <param name="Rules">Those about it, one at least.</param>
/// <param name="Tags">The rules on its tags, since locked ones are kept always; null for none.</param>
public sealed record RepositoryRetention(IReadOnlyList<RetentionRule> Rules, TagRules? Tags);
