using System.Diagnostics;

namespace Registry.Tests.FaultInjection;

/// <summary>A tag or manifest that only one client changes.</summary>
readonly record struct LedgerKey(string Repository, string Reference)
{
    public bool IsTag => !Reference.Contains(':', StringComparison.Ordinal);

    public override string ToString() => $"{Repository} {Reference}";
}

/// <summary>
/// The effect of a request: <paramref name="Key"/> becomes <paramref name="Value"/>, a digest, or null if it is deleted.
/// </summary>
/// <param name="Key">What is changed.</param>
/// <param name="Value">Its new value.</param>
/// <param name="From">Condition: only if this is the present value; null for always.</param>
readonly record struct Effect(LedgerKey Key, string? Value, string? From = null);

/// <summary>
/// The possible values of an entry at a moment. It is undefined while one of its client's requests is in progress.
/// </summary>
/// <param name="Version">Changes whenever a request begins or ends.</param>
/// <param name="Possible">Every value that may be found; null for not found.</param>
/// <param name="IsBusy">Whether a request is in progress.</param>
/// <param name="IsSettled">Whether no earlier request can change it any more.</param>
sealed record Possibility(long Version, IReadOnlySet<string?> Possible, bool IsBusy, bool IsSettled)
{
    /// <summary>The only possible value; null if there are several, or if it must not exist.</summary>
    public string? Certain => !IsBusy && IsSettled && Possible.Count == 1 ? Possible.Single() : null;
}

/// <summary>
/// What the registry has acknowledged to one client. A request without an answer has been executed, or not, or will be executed
/// a little later: so an entry is a set of values until that time is over and the value has been read.
/// </summary>
sealed class Ledger(TimeSpan lateWindow)
{
    readonly Lock _lock = new();
    readonly Dictionary<LedgerKey, Entry> _entries = [];

    public IReadOnlyList<LedgerKey> Keys
    {
        get
        {
            lock (_lock) return [.. _entries.Keys];
        }
    }

    public Possibility Find(LedgerKey key)
    {
        lock (_lock)
        {
            var entry = EntryOf(key);
            return new(entry.Version, entry.Possible.ToHashSet(), entry.UnderWay > 0, entry.IsSettled);
        }
    }

    /// <summary>Begins a request.</summary>
    public Change Begin(params Effect[] effects)
    {
        lock (_lock)
        {
            foreach (var effect in effects)
            {
                var entry = EntryOf(effect.Key);
                entry.UnderWay++;
                entry.Version++;
            }
            return new(this, effects);
        }
    }

    /// <summary>The tags of a repository that may point to a manifest, now or a little later.</summary>
    public IReadOnlyList<LedgerKey> TagsThatMayBe(string repository, string digest)
    {
        lock (_lock)
        {
            return [.. _entries.Where(pair => pair.Key.Repository == repository && pair.Key.IsTag
                && (pair.Value.Possible.Contains(digest) || pair.Value.LiveLate().Any(late => late.Value == digest)))
                    .Select(pair => pair.Key)];
        }
    }

    /// <summary>Records a value that was found while nothing changed it.</summary>
    /// <returns>Whether it is possible; null if a request began or ended since, so that nothing can be concluded.</returns>
    public bool? Observe(LedgerKey key, long version, string? value)
    {
        lock (_lock)
        {
            var entry = EntryOf(key);
            if (entry.Version != version || entry.UnderWay > 0) return null;
            if (!entry.Possible.Contains(value)) return false;
            if (entry.IsSettled) entry.Possible = [value];
            return true;
        }
    }

    Entry EntryOf(LedgerKey key)
    {
        if (!_entries.TryGetValue(key, out var entry)) _entries[key] = entry = new();
        return entry;
    }

    void Lose(Effect[] effects)
    {
        lock (_lock)
        {
            var until = Stopwatch.GetTimestamp() + (long)(lateWindow.TotalSeconds * Stopwatch.Frequency);
            foreach (var (key, value, from) in effects)
            {
                var entry = EntryOf(key);
                if (from is not null && !entry.Possible.Contains(from)) continue;
                entry.Possible.Add(value);
                entry.Late.Add((value, until));
            }
        }
    }

    void End(Effect[] effects, bool done)
    {
        lock (_lock)
        {
            foreach (var effect in effects)
            {
                var entry = EntryOf(effect.Key);
                entry.UnderWay--;
                entry.Version++;
                if (!done) continue;
                entry.Possible = [.. Apply(effect, entry.Possible)];
                Repeat(effect, entry);
                AddLate(effect, entry);
            }
        }
    }

    /// <summary>Either of two changes may have been first.</summary>
    void EndTogether(Effect[] one, Effect[] other)
    {
        lock (_lock)
        {
            var both = one.Concat(other).GroupBy(effect => effect.Key).ToDictionary(group => group.Key, group => group.ToArray());
            var possible = both.ToDictionary(pair => pair.Key, pair => InAnyOrder(pair.Value, EntryOf(pair.Key).Possible));
            End(one, done: true);
            End(other, done: true);
            foreach (var (key, values) in possible)
            {
                var entry = EntryOf(key);
                entry.Possible = values;
                // The deletion may have been last.
                foreach (var effect in both[key].Where(effect => effect.Value is null)) Repeat(effect, entry);
                foreach (var effect in both[key]) AddLate(effect, entry);
            }
        }
    }

    static HashSet<string?> InAnyOrder(Effect[] effects, HashSet<string?> before) =>
        [.. effects.Aggregate(before.AsEnumerable(), (values, effect) => Apply(effect, values)),
            .. effects.Reverse().Aggregate(before.AsEnumerable(), (values, effect) => Apply(effect, values))];

    static IEnumerable<string?> Apply(Effect effect, IEnumerable<string?> values) =>
        effect.From is null ? [effect.Value] : values.Select(value => value == effect.From ? effect.Value : value);

    /// <summary>
    /// A registry that gets no answer from the storage retries, and returns only the last result to its client. The first
    /// attempt may be executed late, and then restore what was deleted meanwhile (docs/design/protocol.md, "What is not
    /// promised"); while the row exists, it fails.
    /// </summary>
    void Repeat(Effect effect, Entry entry)
    {
        var now = Stopwatch.GetTimestamp();
        entry.Acknowledged.RemoveAll(push => push.Until < now);
        if (effect.Value is not null) entry.Acknowledged.Add((effect.Value, now + (long)(lateWindow.TotalSeconds * Stopwatch.Frequency)));
        entry.MayReturnUntil = effect.Value is null ? entry.Acknowledged.Select(push => push.Until).DefaultIfEmpty(now).Max() : now;
        if (effect.Value is null) entry.Possible.UnionWith(entry.Acknowledged.Select(push => push.Value));
    }

    /// <summary>What unanswered requests may still do.</summary>
    void AddLate(Effect effect, Entry entry)
    {
        // A late deletion of the manifest deletes the tag too.
        if (effect.Key.IsTag && effect.Value is not null)
            entry.Late.AddRange(EntryOf(effect.Key with { Reference = effect.Value }).LiveLate().Where(late => late.Value is null));
        entry.Possible.UnionWith(entry.LiveLate().Select(late => late.Value));
    }

    sealed class Entry
    {
        public HashSet<string?> Possible { get; set; } = [null];

        public List<(string? Value, long Until)> Late { get; } = [];

        /// <summary>Recently acknowledged pushes.</summary>
        public List<(string? Value, long Until)> Acknowledged { get; } = [];

        /// <summary>Until when it may reappear after a deletion.</summary>
        public long MayReturnUntil { get; set; }

        /// <summary>Whether no earlier request can change it any more.</summary>
        public bool IsSettled => LiveLate().Count == 0 && MayReturnUntil <= Stopwatch.GetTimestamp();

        public int UnderWay { get; set; }

        public long Version { get; set; }

        public List<(string? Value, long Until)> LiveLate()
        {
            var now = Stopwatch.GetTimestamp();
            Late.RemoveAll(late => late.Until < now);
            return [.. Late];
        }
    }

    /// <summary>A request that has begun and must be ended.</summary>
    public sealed class Change(Ledger ledger, Effect[] effects)
    {
        internal Effect[] Effects => effects;

        /// <summary>
        /// One attempt got no answer: it may have been executed, or may be executed later, even if another attempt succeeds.
        /// </summary>
        public void Lose() => ledger.Lose(effects);

        /// <summary>The last attempt was acknowledged.</summary>
        public void Done() => ledger.End(effects, done: true);

        /// <summary>No attempt was acknowledged.</summary>
        public void NotDone() => ledger.End(effects, done: false);

        /// <summary>Two concurrent requests were both acknowledged: either may have been last.</summary>
        public void DoneTogetherWith(Change other) => ledger.EndTogether(effects, other.Effects);
    }
}
