namespace Registry.Policies;

/// <summary>The manifest and the subject of a tag, as indexes into the manifests of the repository.</summary>
/// <param name="Manifest">The manifest that it points to, or <see cref="Missing"/>.</param>
/// <param name="Subject">
/// For a referrer tag: the manifest that it attaches to, or <see cref="Missing"/>. <see cref="Ordinary"/> for all other tags.
/// </param>
readonly record struct TagTarget(int Manifest, int Subject)
{
    public const int Ordinary = -2;
    public const int Missing = -1;

    public bool IsOrdinary => Subject == Ordinary;
}

/// <summary>Decides which tags rules keep and which they remove. Rules do not apply to referrer tags.</summary>
/// <param name="contents">Contents of the repository.</param>
/// <param name="retention">The rules that apply to it.</param>
/// <param name="now">The current time, by the clock that the times in the contents are from.</param>
/// <param name="targets">Targets of the tags, in their order.</param>
/// <param name="kept">Receives why each tag is kept; null for tags that are removed or not decided yet.</param>
sealed class TagRetention(
    RepositoryContents contents, RepositoryRetention retention, DateTimeOffset now, TagTarget[] targets, FormattableString?[] kept)
{
    static readonly FormattableString s_noRule = $"no retention rule applies to it";
    static readonly FormattableString s_noManifest = $"its manifest was not found";

    readonly FormattableString?[] _removed = new FormattableString?[targets.Length];

    /// <summary>Decides on every tag that is ordinary or locked, or whose manifest is missing.</summary>
    /// <returns>Why each tag is removed; null for the others.</returns>
    public FormattableString?[] Decide()
    {
        var open = new List<int>();
        for (var t = 0; t < targets.Length; t++)
        {
            if (retention.Tags?.Find(contents.Tags[t].Tag) is { Mode: TagMode.Locked } rule)
                kept[t] = $"locked by tag rule '{rule.Name}'";
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
        // Tags of one push have the same time, share a rank, and are kept together.
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
        // A push counts as a pull: new content has had no time to be pulled.
        var used = manifest.Pushed > pushed ? manifest.Pushed : pushed;
        if (IsWithin(days, used))
            return $"kept by rule '{rule.Name}': pushed {new Age(now - used)}, which counts as pulled (keepPulledDays {days})";
        return null;
    }

    bool IsWithin(int? days, DateTimeOffset time) => days is { } most && now - time <= TimeSpan.FromDays(most);

    /// <summary>Counts the greater numbers, by binary search in ascending numbers.</summary>
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
