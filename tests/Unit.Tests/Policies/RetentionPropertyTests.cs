using Registry.Oci;
using Registry.Policies;
using Xunit;

namespace Registry.Tests.Policies;

/// <summary>
/// Random repositories, checked against a deliberately slow and plain second implementation of docs/use/retention.md, and
/// against invariants that hold for all rules.
/// </summary>
public class RetentionPropertyTests
{
    static readonly DateTimeOffset s_now = RepositorySketch.Now;

    public static TheoryData<int> Seeds => [.. Enumerable.Range(0, 25)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Plans_follow_the_rules_and_are_safe_at_every_step(int seed)
    {
        // Each seed yields many repositories: small ones have most of the corner cases.
        var random = new Random(seed);
        for (var i = 0; i < 50; i++)
        {
            var (contents, retention) = (RandomRepository(random), RandomRules(random));
            var plan = RetentionPlan.Make(contents, retention, s_now);
            var removed = new Removals(plan);
            Assert.Equal(contents.Manifests.Count + contents.Tags.Count, plan.Kept.Count + plan.Removed.Count);
            AssertFollowsTheRules(contents, retention, removed);
            AssertNothingKeptIsBroken(contents, retention, removed);
            AssertSafeWhereverItEnds(contents, retention, plan);
            AssertNothingMoreGoesAfterwards(contents, retention, plan);
            AssertSkippedRemovalsBreakNothing(contents, plan, random);
        }
    }

    static void AssertFollowsTheRules(RepositoryContents contents, RepositoryRetention retention, Removals removed)
    {
        var (tags, manifests) = new ReferenceRetention(contents, retention, s_now).Remove();
        Assert.Equal(tags.Select(tag => tag.Value).Order(StringComparer.Ordinal),
            removed.Tags.Select(tag => tag.Value).Order(StringComparer.Ordinal));
        Assert.Equal(manifests.Select(digest => digest.ToString()).Order(StringComparer.Ordinal),
            removed.Manifests.Select(digest => digest.ToString()).Order(StringComparer.Ordinal));
    }

    /// <summary>What stays has what it needs: checked on the outcome alone, independent of any reading of the rules.</summary>
    static void AssertNothingKeptIsBroken(RepositoryContents contents, RepositoryRetention retention, Removals removed)
    {
        var there = contents.Manifests.Select(manifest => manifest.Digest).ToHashSet();
        foreach (var manifest in contents.Manifests.Where(manifest => !removed.Manifests.Contains(manifest.Digest)))
        {
            Assert.DoesNotContain(manifest.Children, removed.Manifests.Contains);
            Assert.DoesNotContain(contents.Manifests, other => other.Subject == manifest.Digest
                && removed.Manifests.Contains(other.Digest));
        }
        foreach (var tag in contents.Tags)
        {
            if (!removed.Tags.Contains(tag.Tag)) Assert.DoesNotContain(tag.Digest, removed.Manifests);
            if (retention.Tags?.IsLocked(tag.Tag) == true) Assert.DoesNotContain(tag.Tag, removed.Tags);
            if (!there.Contains(tag.Digest)) Assert.DoesNotContain(tag.Tag, removed.Tags);
            if (ReferrerTag.TryParse(tag.Tag, out var key) && contents.Manifests.Any(manifest => ReferrerTag.KeyOf(manifest.Digest) == key
                && !removed.Manifests.Contains(manifest.Digest)))
            {
                Assert.DoesNotContain(tag.Tag, removed.Tags);
            }
        }
    }

    static void AssertSafeWhereverItEnds(RepositoryContents contents, RepositoryRetention retention, RetentionPlan plan)
    {
        var kept = plan.Kept.ToHashSet();
        var left = contents;
        // Cycles have no safe order.
        var circles = InCircles(contents);
        foreach (var decision in plan.Removed)
        {
            if (decision.WithManifest) Assert.Contains(plan.Removed, other => other.Tag is null && other.Digest == decision.Digest);
            left = Without(left, decision);
            var there = left.Manifests.Select(manifest => manifest.Digest).ToHashSet();
            var gone = contents.Manifests.Select(manifest => manifest.Digest).Where(digest => !there.Contains(digest)).ToHashSet();
            Assert.DoesNotContain(left.Tags, tag => gone.Contains(tag.Digest));
            foreach (var manifest in left.Manifests)
            {
                Assert.DoesNotContain(manifest.Children, gone.Contains);
                Assert.DoesNotContain(contents.Manifests, other => other.Subject == manifest.Digest
                    && gone.Contains(other.Digest) && !circles.Contains(other.Digest));
            }
        }
        foreach (var steps in new[] { 1, plan.Removed.Count / 2, plan.Removed.Count - 1 }.Where(steps => steps > 0))
        {
            var again = RetentionPlan.Make(plan.Removed.Take(steps).Aggregate(contents, Without), retention, s_now);
            Assert.DoesNotContain(again.Removed, decision =>
                kept.Any(other => (other.Tag, other.Digest) == (decision.Tag, decision.Digest)));
        }
    }

    static void AssertNothingMoreGoesAfterwards(RepositoryContents contents, RepositoryRetention retention, RetentionPlan plan)
    {
        var again = RetentionPlan.Make(plan.Removed.Aggregate(contents, Without), retention, s_now);
        Assert.Equal([], again.Removed.Select(decision => decision.ToString()));
    }

    /// <summary>
    /// When a removal is skipped because its subject is in use, with what is kept with it, nothing is broken either.
    /// </summary>
    static void AssertSkippedRemovalsBreakNothing(RepositoryContents contents, RetentionPlan plan, Random random)
    {
        var used = plan.Removed.Where(decision => decision.Tag is null && random.Next(4) == 0)
            .Select(decision => decision.Digest).ToHashSet();
        var (skipped, left) = (new HashSet<Digest>(), contents);
        foreach (var decision in plan.Removed)
        {
            if (skipped.Contains(decision.Digest)) continue;
            if (decision.Tag is null && used.Contains(decision.Digest)) skipped.UnionWith(plan.KeptWith(decision.Digest));
            else left = Without(left, decision);
        }
        var there = left.Manifests.Select(manifest => manifest.Digest).ToHashSet();
        var gone = contents.Manifests.Select(manifest => manifest.Digest).Where(digest => !there.Contains(digest)).ToHashSet();
        var circles = InCircles(contents);
        Assert.DoesNotContain(left.Tags, tag => gone.Contains(tag.Digest));
        Assert.All(left.Manifests, manifest => Assert.DoesNotContain(manifest.Children, gone.Contains));
        Assert.All(left.Manifests, manifest => Assert.DoesNotContain(contents.Manifests,
            other => other.Subject == manifest.Digest && gone.Contains(other.Digest) && !circles.Contains(other.Digest)));
        foreach (var tag in contents.Tags.Where(tag => !left.Tags.Contains(tag) && ReferrerTag.TryParse(tag.Tag, out _)))
        {
            Assert.True(ReferrerTag.TryParse(tag.Tag, out var key));
            Assert.DoesNotContain(left.Manifests, manifest => ReferrerTag.KeyOf(manifest.Digest) == key
                && !circles.Contains(manifest.Digest));
        }
    }

    /// <summary>
    /// As the storage does it: a manifest that loses a tag is touched, and a removed manifest loses its tags.
    /// </summary>
    static RepositoryContents Without(RepositoryContents contents, RetentionDecision decision) => decision.Tag is { } tag
        ? contents with
        {
            Tags = [.. contents.Tags.Where(other => other.Tag != tag)],
            Manifests = decision.WithManifest ? contents.Manifests : [.. contents.Manifests.Select(manifest =>
                manifest.Digest == decision.Digest ? manifest with { Touched = s_now } : manifest)],
        }
        : contents with
        {
            Manifests = [.. contents.Manifests.Where(manifest => manifest.Digest != decision.Digest)],
            Tags = [.. contents.Tags.Where(other => other.Digest != decision.Digest)],
        };

    /// <summary>Manifests that reach themselves, by children and by attachments.</summary>
    static HashSet<Digest> InCircles(RepositoryContents contents)
    {
        var next = contents.Manifests.ToDictionary(
            manifest => manifest.Digest,
            manifest => manifest.Children.Concat(ReferenceRetention.AttachedTo(contents, manifest.Digest)).ToHashSet());
        return [.. next.Keys.Where(start => ReferenceRetention.Reach(next[start],
            digest => next.TryGetValue(digest, out var more) ? more : []).Contains(start))];
    }

    static RepositoryContents RandomRepository(Random random)
    {
        var names = Enumerable.Range(0, random.Next(1, 14)).Select(i => random.Next(8) == 0 ? $"long{i}" : $"m{i}").ToArray();
        var digests = names.Select(RepositorySketch.DigestOf).ToArray();
        var gone = RepositorySketch.DigestOf("gone");
        // References point to earlier manifests, as digests require; a few point anywhere, which only forgery or tags can do.
        var manifests = digests.Select((digest, i) => new HeldManifest(
            digest,
            Ago(random),
            Ago(random),
            [.. Enumerable.Range(0, random.Next(3) == 0 ? random.Next(1, 4) : 0)
                .Select(_ => Pick(i)).Distinct().Where(child => child != digest)],
            random.Next(3) == 0 ? Pick(i) : null,
            random.Next(5) == 0 ? DateOnly.FromDateTime(Ago(random).UtcDateTime) : null)).ToList();
        // No cycle of children: then no order would be safe.
        if (manifests.Any(manifest => ReferenceRetention.Reach(manifest.Children,
            digest => manifests.Find(other => other.Digest == digest)?.Children ?? []).Contains(manifest.Digest)))
        {
            return RandomRepository(random);
        }
        var tags = new Dictionary<string, HeldTag>();
        for (var i = random.Next(12); i > 0; i--)
        {
            var at = random.Next(digests.Length);
            var name = random.Next(3) switch
            {
                0 => $"{Kind(random)}({(random.Next(8) == 0 ? "gone" : names[random.Next(names.Length)])})",
                1 => $"v{random.Next(9)}",
                _ => $"ci-{random.Next(9)}",
            };
            tags[name] = new HeldTag(RepositorySketch.TagOf(name), random.Next(20) == 0 ? gone : digests[at], Ago(random));
        }
        return new RepositoryContents([.. manifests.OrderBy(_ => random.Next())],
            [.. tags.Values], random.Next(4) == 0 ? Ago(random) : null, random.Next(5) == 0 ? [digests[0], gone] : []);

        Digest Pick(int i) => random.Next(10) switch
        {
            0 => gone,
            1 => digests[random.Next(digests.Length)],
            _ => digests[random.Next(i + 1)],
        };
    }

    static string Kind(Random random) => random.Next(4) switch
    {
        0 => "sig",
        1 => "att",
        2 => "sbom",
        _ => "fallback",
    };

    /// <summary>Often at the boundary of a rule.</summary>
    static DateTimeOffset Ago(Random random) => s_now.AddDays(-random.Next(0, 12)).AddSeconds(random.Next(3) - 1);

    static RepositoryRetention RandomRules(Random random)
    {
        var rules = Enumerable.Range(0, random.Next(1, 4)).Select(_ =>
        {
            var conditions = new List<string>();
            if (random.Next(2) == 0) conditions.Add($"\"keepNewest\": {random.Next(1, 4)}");
            if (random.Next(3) == 0) conditions.Add($"\"keepPushedDays\": {random.Next(1, 10)}");
            if (random.Next(3) == 0) conditions.Add($"\"keepPulledDays\": {random.Next(1, 10)}");
            if (conditions.Count > 0 && random.Next(2) == 0) conditions.Add($"\"tags\": [\"{(random.Next(2) == 0 ? "ci-*" : "v*")}\"]");
            if (conditions.Count == 0 || random.Next(3) > 0) conditions.Add($"\"untaggedDays\": {random.Next(1, 10)}");
            return string.Join(", ", conditions);
        }).ToArray();
        var tagRules = random.Next(3) == 0 ? """[{ "name": "l", "repositories": ["**"], "tags": """ +
            """["*2", "v3", "*.att"], "mode": "locked" }, { "name": "o", "repositories": ["**"], "tags": """ +
            """["*4"], "mode": "once" }]""" : "[]";
        return RetentionPlanTests.PolicyOf(rules, tagRules).RetentionOf(RepositoryName.Parse("team/app"))!;
    }

    sealed class Removals(RetentionPlan plan)
    {
        public HashSet<Tag> Tags { get; } = [.. plan.Removed.Select(decision => decision.Tag).OfType<Tag>()];

        public HashSet<Digest> Manifests { get; } = [.. plan.Removed.Where(decision => decision.Tag is null)
            .Select(decision => decision.Digest)];
    }
}
