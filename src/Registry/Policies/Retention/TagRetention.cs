namespace Registry.Policies;

/// <summary>What a tag leads to, by the numbers of manifests.</summary>
/// <param name="Manifest">What it points to, or <see cref="Missing"/>.</param>
/// <param name="Subject">
/// For a tag that attaches its manifest to another: that one, or <see cref="Missing"/>. <see cref="Ordinary"/> for all others.
/// </param>
readonly record struct TagTarget(int Manifest, int Subject)
{
    public const int Ordinary = -2;
    public const int Missing = -1;

    public bool IsOrdinary => Subject == Ordinary;
}

/// <summary>Which tags rules keep and which they remove. Those that attach their manifests to others are not theirs.</summary>
/// <param name="contents">What the repository holds.</param>
/// <param name="retention">What the policy says of it.</param>
/// <param name="now">By the clock of the contents.</param>
/// <param name="targets">Of each tag.</param>
/// <param name="kept">Why each tag is kept: filled here; null for what goes, and for what is still to be decided.</param>
sealed class TagRetention(
    RepositoryContents contents, RepositoryRetention retention, DateTimeOffset now, TagTarget[] targets, FormattableString?[] kept)
{
    static readonly FormattableString s_noRule = $"no rule of retention is about it";
    static readonly FormattableString s_noManifest = $"its manifest was not found, so it is left alone";

    readonly FormattableString?[] _removed = new FormattableString?[targets.Length];

    /// <summary>Decides on every tag that is ordinary, locked, or leads nowhere.</summary>
    /// <returns>Why each tag goes; null for the others.</returns>
    public FormattableString?[] Decide()
    {
        var open = new List<int>();
        for (var t = 0; t < targets.Length; t++)
        {
            if (retention.Tags?.Find(contents.Tags[t].Tag) is { Mode: TagMode.Locked } rule)
                kept[t] = $"locked by the rule '{rule.Name}' on tags";
            else if (targets[t].Manifest < 0) kept[t] = s_noManifest;
            else if (targets[t].IsOrdinary) open.Add(t);
        }
        foreach (var rule in retention.Rules)
            if (rule.IsAboutTags) Apply(rule);
        foreach (var t in open)
        {
            if (kept[t] is not null) _removed[t] = null;
            else if (_removed[t] is null) kept[t] = s_noRule;
        }
        return _removed;
    }

    void Apply(RetentionRule rule)
    {
        var matching = Enumerable.Range(0, targets.Length).Where(t => targets[t].IsOrdinary && rule.IsAbout(contents.Tags[t].Tag)).ToList();
        // Tags of one push have one time, and are kept together.
        var times = matching.ConvertAll(t => contents.Tags[t].Pushed.UtcTicks);
        times.Sort();
        foreach (var t in matching)
        {
            if (kept[t] is not null) continue;
            var pushed = contents.Tags[t].Pushed;
            var newer = rule.KeepNewest is null ? 0 : CountAbove(times, pushed.UtcTicks);
            kept[t] = KeepReason(rule, t, newer);
            if (kept[t] is not null) continue;
            var pulled = Pulls.Describe(contents, targets[t].Manifest, now);
            _removed[t] = (_removed[t], rule.KeepNewest) switch
            {
                ({ } other, _) => $"{other}; rule '{rule.Name}' does not keep it either",
                (null, null) => $"removed by rule '{rule.Name}': pushed {new Age(now - pushed)}, {pulled}",
                (null, _) => $"removed by rule '{rule.Name}': {new Ordinal(newer + 1)} newest, pushed {new Age(now - pushed)}, {pulled}",
            };
        }
    }

    FormattableString? KeepReason(RetentionRule rule, int tag, int newer)
    {
        var (manifest, pushed) = (contents.Manifests[targets[tag].Manifest], contents.Tags[tag].Pushed);
        if (newer < rule.KeepNewest) return $"kept by rule '{rule.Name}': among the newest {rule.KeepNewest}";
        if (IsWithin(rule.KeepPushedDays, pushed))
            return $"kept by rule '{rule.Name}': pushed {new Age(now - pushed)} (keepPushedDays {rule.KeepPushedDays})";
        if (rule.KeepPulledDays is not { } days) return null;
        if (Pulls.At(contents, manifest) is { } pulled && IsWithin(days, pulled))
            return $"kept by rule '{rule.Name}': {Pulls.Describe(contents, targets[tag].Manifest, now)} (keepPulledDays {days})";
        // Who has just pushed something has had no time to pull it.
        var used = manifest.Pushed > pushed ? manifest.Pushed : pushed;
        if (IsWithin(days, used))
            return $"kept by rule '{rule.Name}': pushed {new Age(now - used)}, which counts as pulled (keepPulledDays {days})";
        return null;
    }

    bool IsWithin(int? days, DateTimeOffset time) => days is { } most && now - time <= TimeSpan.FromDays(most);

    /// <summary>How many are greater, of numbers in ascending order.</summary>
    static int CountAbove(List<long> sorted, long number)
    {
        var (low, high) = (0, sorted.Count);
        while (low < high)
        {
            var middle = (low + high) / 2;
            if (sorted[middle] > number) high = middle;
            else low = middle + 1;
        }
        return sorted.Count - low;
    }
}
