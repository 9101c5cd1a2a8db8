using Registry.Oci;

namespace Registry.Policies;

/// <summary>
/// Retention decisions for all tags and manifests of a repository (docs/use/retention.md). Removes nothing itself: the caller executes
/// <see cref="Removed"/> in order, each removal on the condition that its row is unchanged, and may stop anywhere.
/// </summary>
/// <remarks>
/// A manifest is kept for a reason of its own (a tag, its age, a pull) or because a kept manifest keeps it: an index keeps its children,
/// a subject its referrers. Time and memory are linear in manifests, tags and references, apart from sorting.
/// </remarks>
public sealed class RetentionPlan
{
    static readonly FormattableString s_pinned = $"pinned by a push in progress";
    static readonly FormattableString s_changed = $"pushed, referenced or tagged just now";

    readonly RepositoryContents _contents;
    readonly DateTimeOffset _now;
    readonly UntaggedRetention _untagged;
    readonly Dictionary<Digest, int> _numbers;
    readonly ManifestGraph _graph;

    /// <summary>Targets of the tags, in their order.</summary>
    readonly TagTarget[] _targets;

    /// <summary>Why each tag and manifest is kept; null if it is removed.</summary>
    readonly FormattableString?[] _tagKept;
    readonly FormattableString?[] _manifestKept;

    RetentionPlan(RepositoryContents contents, RepositoryRetention retention, DateTimeOffset now)
    {
        (_contents, _now) = (contents, now);
        _untagged = new UntaggedRetention(contents, retention.Rules, now);
        _numbers = new Dictionary<Digest, int>(contents.Manifests.Count);
        foreach (var manifest in contents.Manifests) _numbers.Add(manifest.Digest, _numbers.Count);
        _targets = [.. FindTargets()];
        _graph = Connect();
        _tagKept = new FormattableString?[contents.Tags.Count];
        _manifestKept = new FormattableString?[contents.Manifests.Count];
    }

    /// <summary>Makes the decisions.</summary>
    /// <param name="contents">Contents of the repository.</param>
    /// <param name="retention">The rules that apply to it (<see cref="Policy.RetentionOf"/>).</param>
    /// <param name="now">
    /// A time before the contents were read, by the clock that their times are from. What has changed since is kept.
    /// </param>
    public static RetentionPlan Make(RepositoryContents contents, RepositoryRetention retention, DateTimeOffset now)
    {
        var plan = new RetentionPlan(contents, retention, now);
        var removed = new TagRetention(contents, retention, now, plan._targets, plan._tagKept).Decide();
        plan.KeepManifests();
        plan.KeepReferrerTags();
        plan.Report(removed);
        return plan;
    }

    /// <summary>Tags and manifests that are kept, in the order in which they were given.</summary>
    public IReadOnlyList<RetentionDecision> Kept { get; private set; } = [];

    /// <summary>
    /// Tags and manifests to remove: first tags of manifests that are kept for now, then each index before its children and each subject
    /// before its referrers, so that no manifest lacks what it references, wherever the caller stops.
    /// </summary>
    public IReadOnlyList<RetentionDecision> Removed { get; private set; } = [];

    /// <summary>
    /// The manifests that must be kept together with a manifest that came into use after the plan was made. The caller skips every
    /// removal in <see cref="Removed"/> whose digest is among these.
    /// </summary>
    public IReadOnlySet<Digest> KeptWith(Digest digest)
    {
        var all = new HashSet<Digest> { digest };
        var open = new Stack<int>();
        if (_numbers.TryGetValue(digest, out var number)) open.Push(number);
        while (open.TryPop(out var holder))
        {
            foreach (var child in _graph.Children(holder)) Add(child);
            foreach (var referrer in _graph.Referrers(holder)) Add(referrer);
        }
        return all;

        void Add(int held)
        {
            if (all.Add(_contents.Manifests[held].Digest)) open.Push(held);
        }
    }

    IEnumerable<TagTarget> FindTargets()
    {
        Dictionary<string, int>? byKey = null;
        foreach (var tag in _contents.Tags)
        {
            var subject = TagTarget.Ordinary;
            if (ReferrerTag.TryParse(tag.Tag, out var key))
            {
                if (byKey is null)
                {
                    byKey = new Dictionary<string, int>(_numbers.Count);
                    foreach (var (digest, number) in _numbers) byKey[ReferrerTag.KeyOf(digest)] = number;
                }
                subject = byKey.GetValueOrDefault(key, TagTarget.Missing);
            }
            yield return new TagTarget(_numbers.GetValueOrDefault(tag.Digest, TagTarget.Missing), subject);
        }
    }

    ManifestGraph Connect()
    {
        var (children, referrers) = (new List<(int, int)>(), new List<(int, int)>());
        for (var i = 0; i < _contents.Manifests.Count; i++)
        {
            var manifest = _contents.Manifests[i];
            foreach (var digest in manifest.Children)
                if (_numbers.TryGetValue(digest, out var child)) children.Add((i, child));
            if (manifest.Subject is not null && _numbers.TryGetValue(manifest.Subject, out var subject)) referrers.Add((subject, i));
        }
        foreach (var (manifest, subject) in _targets)
            if (manifest >= 0 && subject >= 0) referrers.Add((subject, manifest));
        return new ManifestGraph(_contents.Manifests.Count, children, referrers);
    }

    /// <summary>Keeps manifests with a reason of their own first, then what they keep.</summary>
    void KeepManifests()
    {
        var open = new Queue<int>();
        for (var t = 0; t < _targets.Length; t++)
            if (_tagKept[t] is not null) Keep(_targets[t].Manifest, $"tagged {_contents.Tags[t].Tag}, which is kept");
        foreach (var digest in _contents.PinnedByPush)
            if (_numbers.TryGetValue(digest, out var number)) Keep(number, s_pinned);
        // A tag or an index that was not read may have been pushed, also for a manifest that is removed with its subject.
        for (var i = 0; i < _manifestKept.Length; i++)
            if (_contents.Manifests[i].Touched >= _now) Keep(i, s_changed);
        // A referrer is kept and removed with its subject, however old it is. The days of all other manifests count from the loss of
        // their last tag: if this plan removes it, from now.
        for (var t = 0; t < _targets.Length; t++)
        {
            if (_tagKept[t] is null && _targets[t] is { IsOrdinary: true, Manifest: var manifest } && _graph.SubjectOf(manifest) is null)
                Keep(manifest, $"tagged {_contents.Tags[t].Tag} until now");
        }
        for (var i = 0; i < _manifestKept.Length; i++)
            if (_graph.SubjectOf(i) is null && _untagged.KeepReason(i) is { } reason) Keep(i, reason);
        while (open.TryDequeue(out var holder))
        {
            var digest = _contents.Manifests[holder].Digest;
            foreach (var child in _graph.Children(holder)) Keep(child, $"child of {digest}, which is kept");
            foreach (var referrer in _graph.Referrers(holder)) Keep(referrer, $"referrer of {digest}, which is kept");
        }

        void Keep(int manifest, FormattableString reason)
        {
            if (manifest < 0 || _manifestKept[manifest] is not null) return;
            _manifestKept[manifest] = reason;
            open.Enqueue(manifest);
        }
    }

    /// <summary>
    /// A referrer tag is kept as long as its subject; if its subject is missing, as long as its own manifest.
    /// </summary>
    void KeepReferrerTags()
    {
        for (var t = 0; t < _targets.Length; t++)
        {
            var (manifest, subject) = _targets[t];
            if (_tagKept[t] is not null || _targets[t].IsOrdinary) continue;
            if (subject >= 0 && _manifestKept[subject] is not null)
                _tagKept[t] = $"attached to {_contents.Manifests[subject].Digest}, which is kept";
            else if (subject < 0 && _manifestKept[manifest] is not null)
                _tagKept[t] = $"its subject is missing, and its own manifest is kept";
        }
    }

    /// <param name="tagRemoved">Why ordinary tags are removed; null for the others.</param>
    void Report(FormattableString?[] tagRemoved)
    {
        var (kept, removed) = (new List<RetentionDecision>(), new List<RetentionDecision>());
        var withManifest = new Dictionary<int, List<RetentionDecision>>();
        var afterSubject = new Dictionary<int, List<RetentionDecision>>();
        for (var t = 0; t < _targets.Length; t++)
        {
            var (tag, (manifest, subject)) = (_contents.Tags[t], _targets[t]);
            if (_tagKept[t] is { } reason) kept.Add(new(false, tag.Tag, tag.Digest, false) { Because = reason });
            else if (_manifestKept[manifest] is null)
                Add(withManifest, manifest, new(true, tag.Tag, tag.Digest, true) { Because = tagRemoved[t] ?? AttachedReason(subject) });
            else if (tagRemoved[t] is { } rule) removed.Add(new(true, tag.Tag, tag.Digest, false) { Because = rule });
            else Add(afterSubject, subject, new(true, tag.Tag, tag.Digest, false) { Because = AttachedReason(subject) });
        }
        for (var i = 0; i < _manifestKept.Length; i++)
            if (_manifestKept[i] is { } reason) kept.Add(new(false, null, _contents.Manifests[i].Digest, false) { Because = reason });
        foreach (var i in _graph.Order())
        {
            if (_manifestKept[i] is not null) continue;
            if (withManifest.TryGetValue(i, out var with)) removed.AddRange(with);
            var reason = _graph.SubjectOf(i) is { } of ? ReferrerReason(of) : _untagged.RemovalReason(i);
            removed.Add(new(true, null, _contents.Manifests[i].Digest, false) { Because = reason });
            if (afterSubject.TryGetValue(i, out var after)) removed.AddRange(after);
        }
        (Kept, Removed) = (kept, removed);

        static void Add(Dictionary<int, List<RetentionDecision>> lists, int key, RetentionDecision decision)
        {
            if (lists.TryGetValue(key, out var list)) list.Add(decision);
            else lists.Add(key, [decision]);
        }
    }

    FormattableString AttachedReason(int subject)
    {
        if (subject < 0) return $"its subject is missing, and its own manifest is removed";
        return $"attached to {_contents.Manifests[subject].Digest}, which is removed";
    }

    FormattableString ReferrerReason(int subject) => $"referrer of {_contents.Manifests[subject].Digest}, which is removed";
}
