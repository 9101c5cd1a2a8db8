namespace Registry.Policies;

/// <summary>Decides how long unreferenced manifests without a tag are kept. If several rules apply, the longest period counts.</summary>
sealed class UntaggedRetention(RepositoryContents contents, IReadOnlyList<RetentionRule> rules, DateTimeOffset now)
{
    static readonly FormattableString s_noRule = $"no retention rule removes manifests without a tag";

    readonly RetentionRule? _untagged = rules.Where(rule => rule.UntaggedDays is not null).MaxBy(rule => rule.UntaggedDays);
    readonly RetentionRule? _pulled = rules.Where(rule => rule.KeepPulledDays is not null).MaxBy(rule => rule.KeepPulledDays);

    /// <summary>Why the manifest is kept although it has no tag; null if it is removed.</summary>
    public FormattableString? KeepReason(int number)
    {
        if (_untagged is null) return s_noRule;
        var manifest = contents.Manifests[number];
        var pulled = Pulls.At(contents, manifest);
        if (IsWithin(_untagged.UntaggedDays, pulled))
            return Reason(_untagged, $"{Pulls.Describe(contents, number, now)} (untaggedDays {_untagged.UntaggedDays})");
        if (IsWithin(_untagged.UntaggedDays, manifest.Pushed))
            return Reason(_untagged, $"pushed {new Age(now - manifest.Pushed)} (untaggedDays {_untagged.UntaggedDays})");
        if (IsWithin(_untagged.UntaggedDays, manifest.Touched))
        {
            return Reason(
                _untagged, $"last referenced or tagged {new Age(now - manifest.Touched)} (untaggedDays {_untagged.UntaggedDays})");
        }
        return IsWithin(_pulled?.KeepPulledDays, pulled)
            ? Reason(_pulled!, $"{Pulls.Describe(contents, number, now)} (keepPulledDays {_pulled!.KeepPulledDays})")
            : null;
    }

    /// <summary>Why the manifest is removed.</summary>
    public FormattableString RemovalReason(int number)
    {
        var manifest = contents.Manifests[number];
        var (pushed, touched) = (new Age(now - manifest.Pushed), new Age(now - manifest.Touched));
        var pulled = Pulls.Describe(contents, number, now);
        return $"removed by rule '{_untagged!.Name}': without a tag, pushed {pushed}, last referenced or tagged {touched}, {pulled}";
    }

    static FormattableString Reason(RetentionRule rule, FormattableString why) => $"kept by rule '{rule.Name}': without a tag, {why}";

    bool IsWithin(int? days, DateTimeOffset? time) => days is { } most && time is { } then && now - then <= TimeSpan.FromDays(most);
}
