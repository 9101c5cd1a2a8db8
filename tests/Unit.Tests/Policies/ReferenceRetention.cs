using Registry.Oci;
using Registry.Policies;

namespace Registry.Tests.Policies;

/// <summary>
/// A reference implementation of docs/use/retention.md, sentence by sentence and without regard to speed. It shares only the
/// parsed rules with the plan.
/// </summary>
sealed class ReferenceRetention(RepositoryContents contents, RepositoryRetention retention, DateTimeOffset now)
{
    static readonly string[] s_suffixes = ["", ".sig", ".att", ".sbom"];

    public (HashSet<Tag> Tags, HashSet<Digest> Manifests) Remove()
    {
        var tags = contents.Tags.Where(tag => !IsAttaching(tag) && !IsLocked(tag) && Manifest(tag.Digest) is not null && IsRemoved(tag))
            .Select(tag => tag.Tag).ToHashSet();
        var manifests = contents.Manifests.Select(manifest => manifest.Digest).Except(KeptManifests()).ToHashSet();
        foreach (var tag in contents.Tags.Where(tag => IsAttaching(tag) && !IsLocked(tag) && Manifest(tag.Digest) is not null))
            if (manifests.Contains(SubjectOf(tag)?.Digest ?? tag.Digest)) tags.Add(tag.Tag);
        return (tags, manifests);
    }

    /// <summary>A tag that rules match is removed when none of them keeps it.</summary>
    bool IsRemoved(HeldTag tag)
    {
        var about = retention.Rules.Where(rule => IsAbout(rule, tag)).ToList();
        return about.Count > 0 && Manifest(tag.Digest) is not null && !about.Any(rule => Keeps(rule, tag));
    }

    bool Keeps(RetentionRule rule, HeldTag tag)
    {
        var manifest = Manifest(tag.Digest)!;
        if (contents.Tags.Count(other => !IsAttaching(other) && IsAbout(rule, other) && other.Pushed > tag.Pushed) < rule.KeepNewest)
            return true;
        if (Days(tag.Pushed) <= rule.KeepPushedDays) return true;
        return rule.KeepPulledDays is { } days
            && (Days(tag.Pushed) <= days || Days(manifest.Pushed) <= days || IsPulledWithin(manifest, days));
    }

    static bool IsAbout(RetentionRule rule, HeldTag tag) => (rule.KeepNewest ?? rule.KeepPushedDays ?? rule.KeepPulledDays) is not null
        && rule.IsAbout(tag.Tag);

    HashSet<Digest> KeptManifests()
    {
        var tagged = contents.Tags.Where(tag => IsLocked(tag) || (!IsAttaching(tag) && !IsRemoved(tag)))
            .Select(tag => tag.Digest).ToHashSet();
        var taggedUntilNow = contents.Tags.Where(tag => !IsAttaching(tag)).Select(tag => tag.Digest).ToHashSet();
        var kept = contents.Manifests
            .Where(manifest => tagged.Contains(manifest.Digest) || manifest.Touched >= now
                || contents.PinnedByPush.Contains(manifest.Digest)
                || (!HasSubjectHere(manifest) && (taggedUntilNow.Contains(manifest.Digest) || !IsTooOld(manifest))))
            .Select(manifest => manifest.Digest).ToHashSet();
        return Reach(kept, KeptBy);
    }

    bool IsTooOld(HeldManifest manifest)
    {
        if (retention.Rules.Max(rule => rule.UntaggedDays) is not { } days) return false;
        return Days(manifest.Pushed) > days && Days(manifest.Touched) > days && !IsPulledWithin(manifest, days)
            && !retention.Rules.Any(rule => rule.KeepPulledDays is { } pulled && IsPulledWithin(manifest, pulled));
    }

    /// <summary>A subject that is one of its own children does not count.</summary>
    bool HasSubjectHere(HeldManifest manifest)
    {
        var keeps = Reach([manifest.Digest], KeptBy);
        return contents.Manifests.Any(subject => AttachedTo(contents, subject.Digest).Contains(manifest.Digest)
            && !keeps.Contains(subject.Digest));
    }

    IEnumerable<Digest> KeptBy(Digest digest) => Manifest(digest) is { } manifest
        ? manifest.Children.Where(child => Manifest(child) is not null).Concat(AttachedTo(contents, digest))
        : [];

    /// <summary>The referrers of a manifest: by their subject, and by tags that name it.</summary>
    public static IEnumerable<Digest> AttachedTo(RepositoryContents contents, Digest subject)
    {
        var there = contents.Manifests.Select(manifest => manifest.Digest).ToHashSet();
        var bySubject = contents.Manifests.Where(manifest => manifest.Subject == subject).Select(manifest => manifest.Digest);
        return bySubject.Concat(contents.Tags.Where(tag => NamesOf(subject).Contains(tag.Tag.Value)).Select(tag => tag.Digest))
            .Where(there.Contains);
    }

    public static HashSet<Digest> Reach(IEnumerable<Digest> from, Func<Digest, IEnumerable<Digest>> next)
    {
        var all = from.ToHashSet();
        while (all.SelectMany(next).Except(all).ToList() is { Count: > 0 } more) all.UnionWith(more);
        return all;
    }

    static IEnumerable<string> NamesOf(Digest digest) =>
        s_suffixes.Select(suffix => $"{digest.ToString().Replace(':', '-')[..71]}{suffix}");

    /// <summary>Whether the tag has the form of an attaching tag, whatever it names.</summary>
    static bool IsAttaching(HeldTag tag)
    {
        var name = s_suffixes.Where(suffix => tag.Tag.Value.EndsWith(suffix, StringComparison.Ordinal))
            .Select(suffix => tag.Tag.Value[..^suffix.Length]).MinBy(text => text.Length)!;
        return name.Length == 71 && name[..7] is "sha256-" or "sha512-"
            && name[7..].All(c => char.IsAsciiDigit(c) || c is >= 'a' and <= 'f');
    }

    HeldManifest? SubjectOf(HeldTag tag) => contents.Manifests.FirstOrDefault(manifest => NamesOf(manifest.Digest).Contains(tag.Tag.Value));

    bool IsLocked(HeldTag tag) => retention.Tags?.IsLocked(tag.Tag) == true;

    bool IsPulledWithin(HeldManifest manifest, int days) => manifest.Pulled is { } day
        ? Days(day.ToDateTime(TimeOnly.MinValue, DateTimeKind.Utc).AddHours(24)) <= days
        : contents.PullsSince is { } since && Days(since) <= days;

    double Days(DateTimeOffset time) => (now - time).TotalDays;

    HeldManifest? Manifest(Digest digest) => contents.Manifests.FirstOrDefault(manifest => manifest.Digest == digest);
}
