using Registry.Oci;
using Registry.Policies;
using Xunit;

namespace Registry.Tests.Policies;

/// <summary>What each rule keeps and removes. <see cref="RepositorySketch"/> defines the notation.</summary>
public class RetentionPlanTests
{
    const string Newest = """ "keepNewest": 2 """;
    const string Untagged = """ "untaggedDays": 7 """;

    [Theory]
    // Tags: any of the conditions keeps.
    [InlineData(Newest, "a 9; v1=a 9; v2=a 8; v3=a 7", "v1")]
    [InlineData(Newest, "a 9; v1=a 9; v2=a 8", "")]
    [InlineData(Newest, "a 9; v9=a 1; v8=a 2; v7=a 3; v6=a 4", "v7 v6")]
    [InlineData(Newest, "a 9; v3=a 1; v2=a 2; v1=a 2; v0=a 3", "v0")]
    [InlineData(""" "keepPushedDays": 30 """, "a 99; v1=a 31; v2=a 30; v3=a 29", "v1")]
    [InlineData(""" "keepPushedDays": 30 """, "a 1; v1=a 31", "v1")]
    [InlineData(""" "keepPushedDays": 30 """, "a 99 pulled 1; v1=a 31", "v1")]
    [InlineData(""" "keepNewest": 1, "keepPushedDays": 30 """, "a 99; v1=a 31; v2=a 40; v3=a 29; v4=a 28", "v1 v2")]
    [InlineData(""" "keepNewest": 1, "keepPushedDays": 30 """, "a 99; v1=a 31; v2=a 40", "v2")]
    [InlineData(""" "keepPulledDays": 30 """, "a 99 pulled 30; v1=a 99; b 99 pulled 31; v2=b 99", "v2")]
    // A tag or manifest that was never pulled counts as pulled when pushed.
    [InlineData(""" "keepPulledDays": 30 """, "a 99; v1=a 99; b 99; v2=b 29; c 29; v3=c 99", "v1")]
    [InlineData(""" "keepPulledDays": 30 """, "a 99 pulled 50; v1=a 29", "")]
    // Only tags that rules match are removed.
    [InlineData(""" "keepNewest": 1, "tags": ["pr-*", "*-rc"] """,
        "a 9; pr-1=a 9; pr-2=a 8; 1-rc=a 7; v1=a 99; prx=a 99; PR-1=a 99", "pr-1 pr-2")]
    [InlineData(""" "keepNewest": 1, "tags": ["latest"] """, "a 9; latest=a 9; latest1=a 9; latest2=a 9", "")]
    [InlineData(Untagged, "a 99; v1=a 99; v2=a 98", "")]
    // Manifests without a tag: neither pushed, touched nor pulled for long enough.
    [InlineData(Untagged, "a 8; b 7; c 6", "a")]
    [InlineData(Untagged, "a 99 touched 8; b 99 touched 7; c 8 touched 6", "a")]
    [InlineData(Untagged, "a 99 pulled 8; b 99 pulled 7; c 99 pulled 0", "a")]
    [InlineData(Newest, "a 99", "")]
    [InlineData(""" "untaggedDays": 7, "keepPulledDays": 30 """, "a 99 pulled 33; b 99 pulled 29; c 20", "a c")]
    // A manifest that loses its last tag has been without one since then.
    [InlineData(""" "untaggedDays": 7, "keepPushedDays": 30 """, "a 99; v1=a 99", "v1")]
    [InlineData(""" "untaggedDays": 7, "keepPushedDays": 30 """, "s 99; r 99 refers s; v1=r 99; v2=r 98", "s v1 v2 r")]
    [InlineData(""" "untaggedDays": 7, "keepPushedDays": 30 """, "s 99; r 99 refers s; v1=r 99; v2=r 29", "v1 s")]
    // An index keeps its children, however deep, and is removed before them.
    [InlineData(Untagged, "a 99; i 99 holds a,b; b 99; v1=i 99", "")]
    [InlineData(Untagged, "a 99; i 99 holds a; j 99 holds i; v1=j 99", "")]
    [InlineData(Untagged, "a 99; i 1 holds a", "")]
    [InlineData(Untagged, "a 99; i 99 holds a", "i a")]
    [InlineData(Untagged, "a 99; i 99 holds a; j 99 holds i,a", "j i a")]
    [InlineData(Untagged, "a 99; i 99 holds a; j 99 holds a; v1=j 99", "i")]
    [InlineData(Untagged, "a 1; b 99 pulled 1; i 99 holds a,b", "i")]
    [InlineData(Untagged, "i 99 holds gone", "i")]
    // A subject keeps its referrers, and they are removed with it, however young they are.
    [InlineData(Untagged, "s 99; r 99 refers s; v1=s 99", "")]
    [InlineData(Untagged, "q 99 refers r; r 99 refers s; s 99; v1=s 99", "")]
    [InlineData(Untagged, "q 1 refers r; r 1 refers s; s 99", "s r q")]
    [InlineData(Untagged, "r 1 pulled 1 refers s; s 99", "s r")]
    [InlineData(Untagged, "r 99 refers s; s 99; keep=r 99", "s")]
    [InlineData(Untagged, "r 99 refers s; s 99; i 99 holds r; keep=i 99", "s")]
    [InlineData(Untagged, "r 99 refers s; s 99; i 99 holds s; keep=i 99", "")]
    [InlineData(Untagged, "r 99 refers s; s 1", "")]
    // A referrer whose subject is missing is an ordinary manifest.
    [InlineData(Untagged, "r 99 refers gone; q 1 refers gone", "r")]
    // cosign's tags are referrers.
    [InlineData(Untagged, "s 99; m 99; sig(s)=m 99; v1=s 99", "")]
    [InlineData(Untagged, "s 99; m 1; sig(s)=m 1", "s sig(s) m")]
    [InlineData(Untagged, "s 99; m 1; att(s)=m 1; n 1; sbom(s)=n 1; i 1 holds x; x 1; fallback(s)=i 1",
        "s att(s) m sbom(s) n fallback(s) i")]
    [InlineData(Untagged, "longs 99; m 1; fallback(longs)=m 1", "longs fallback(longs) m")]
    [InlineData(Untagged, "s 99; m 99; sig(s)=m 99; v1=m 99", "s sig(s)")]
    [InlineData(Untagged, "s 99; t 99; m 99; sbom(s)=m 99; sbom(t)=m 99; v1=t 99", "s sbom(s)")]
    [InlineData(Untagged, "m 99; sig(gone)=m 99; n 1; att(gone)=n 1", "sig(gone) m")]
    [InlineData(""" "keepNewest": 1 """, "s 99; m 1; sig(s)=m 1; att(s)=m 2; v1=s 99", "")]
    [InlineData(""" "keepPushedDays": 1 """, "s 99; m 99; sig(s)=m 99; v1=s 99", "v1")]
    [InlineData(""" "keepPushedDays": 1 """, "m 99; sig(gone)=m 99", "")]
    // Attached to itself, or in a cycle: by its own age.
    [InlineData(Untagged, "a 1; fallback(a)=a 1", "")]
    [InlineData(Untagged, "a 99; fallback(a)=a 99", "fallback(a) a")]
    [InlineData(Untagged, "a 99; b 1; sig(a)=b 1; sig(b)=a 1", "")]
    [InlineData(Untagged, "s 99; m 1 holds s; fallback(s)=m 1", "")]
    [InlineData(Untagged, "s 99; m 99 holds s; fallback(s)=m 99", "fallback(s) m s")]
    // Concurrently tagged or referenced, or about to be: that may not be in the snapshot.
    [InlineData(Untagged, "s 99; r 99 refers s touched 0", "s")]
    [InlineData(Untagged, "s 99; r 99 touched 0; sig(s)=r 99", "s sig(s)")]
    [InlineData(Untagged, "s 99; r 99 refers s touched 0.1", "s r")]
    [InlineData(Untagged, "s 99; r 99 refers s; q 99 refers r; needed r; needed gone", "s")]
    // A tag whose manifest is not in the snapshot may be newer.
    [InlineData(""" "keepPushedDays": 1, "untaggedDays": 1 """, "v1=gone 99; sig(gone)=gone 99; a 1; v2=a 99", "v2")]
    public void A_rule_removes(string conditions, string sketch, string removed) => AssertRemoves(removed, sketch, [conditions]);

    [Theory]
    [InlineData("a 9; pr-1=a 9; pr-2=a 8; nightly-1=a 99; nightly-2=a 5; v1=a 99", "pr-1 nightly-1")]
    // A tag is kept if one rule keeps it, even if another does not.
    [InlineData("a 9; pr-nightly-1=a 9; pr-2=a 8; nightly-3=a 10", "pr-nightly-1 nightly-3")]
    [InlineData("a 9; pr-nightly-1=a 2; pr-2=a 1; pr-3=a 1", "")]
    // Of two rules on untagged manifests, the longer period counts.
    [InlineData("a 19; b 21", "b")]
    public void Several_rules_remove_what_none_of_them_keeps(string sketch, string removed) => AssertRemoves(
        removed,
        sketch,
        [""" "keepNewest": 1, "tags": ["pr-*"] """, """ "keepPushedDays": 5, "tags": ["nightly-*", "pr-nightly-*"] """,
            """ "untaggedDays": 20 """, """ "untaggedDays": 2 """]);

    [Theory]
    [InlineData("a 99; v1=a 99; v2=a 98; w1=a 99; w2=a 98", "w1")]
    [InlineData("s 99; m 99; sig(s)=m 99; n 99; att(s)=n 99", "s att(s) n")]
    // They count among the newest.
    [InlineData("a 99; v1=a 1; w1=a 99", "w1")]
    public void Locked_tags_stay(string sketch, string removed) => AssertRemoves(
        removed, sketch, [""" "keepNewest": 1, "untaggedDays": 7 """],
            """[{ "name": "releases", "repositories": ["team/*"], "tags": ["v*", "*.sig"], "mode": "locked" }]""");

    [Fact]
    public void Tags_that_are_written_once_are_removed_like_others() => AssertRemoves(
        "v1", "a 99; v1=a 99; v2=a 98", [""" "keepNewest": 1 """],
            """[{ "name": "releases", "repositories": ["**"], "tags": ["v*"], "mode": "once" }]""");

    /// <summary>When recording of pulls begins, earlier pulls are unknown.</summary>
    [Theory]
    [InlineData(""" "keepPulledDays": 30, "untaggedDays": 7 """, 30, "")]
    [InlineData(""" "keepPulledDays": 30, "untaggedDays": 7 """, 31, "v1 b")]
    [InlineData(""" "keepPulledDays": 30, "untaggedDays": 7 """, null, "v1 b")]
    [InlineData(Untagged, 7, "")]
    [InlineData(Untagged, 8, "b")]
    public void Nothing_is_removed_by_pulls_before_they_are_recorded_for_the_period(string conditions, int? days, string removed) =>
        AssertRemoves(removed, "a 99; v1=a 99; b 99; c 99 pulled 5", [conditions], pullsSince: days);

    [Theory]
    [InlineData("v1", "keep v1: locked by tag rule 'releases'")]
    [InlineData("latest", "keep latest: no retention rule applies to it")]
    [InlineData("ci-5", "keep ci-5: kept by rule 'r0': among the newest 1")]
    [InlineData("ci-4", "keep ci-4: kept by rule 'r0': pushed 3 days ago (keepPushedDays 7)")]
    [InlineData("ci-3", "keep ci-3: kept by rule 'r0': pulled today (keepPulledDays 10)")]
    [InlineData("ci-2", "keep ci-2: kept by rule 'r0': pushed 8 days ago, which counts as pulled (keepPulledDays 10)")]
    [InlineData("ci-1", "remove ci-1: removed by rule 'r0': 4th newest, pushed 45 days ago, never pulled")]
    [InlineData("ci-0", "remove ci-0: removed by rule 'r0': 7th newest, pushed 50 days ago, pulled 45 days ago; rule 'r1' does not " +
        "keep it either")]
    [InlineData("sig(a)", "keep sig(a): attached to (a), which is kept")]
    [InlineData("a", "keep (a): tagged v1, which is kept")]
    [InlineData("f", "keep (f): tagged ci-1 until now")]
    [InlineData("child", "keep (child): child of (i), which is kept")]
    [InlineData("m", "keep (m): referrer of (a), which is kept")]
    [InlineData("young", "keep (young): kept by rule 'r2': without a tag, pushed 1 day ago (untaggedDays 20)")]
    [InlineData("touched", "keep (touched): kept by rule 'r2': without a tag, last referenced or tagged 2 days ago (untaggedDays 20)")]
    [InlineData("pulled", "keep (pulled): kept by rule 'r2': without a tag, pulled 3 days ago (untaggedDays 20)")]
    [InlineData("old", "remove (old): removed by rule 'r2': without a tag, pushed 22 days ago, last referenced or tagged 21 days " +
        "ago, never pulled")]
    [InlineData("r", "remove (r): referrer of (old), which is removed")]
    [InlineData("att(old)", "remove att(old): attached to (old), which is removed")]
    public void Every_decision_has_a_reason(string about, string expected)
    {
        const string sketch = """
            a 99; v1=a 99; latest=a 99; b 99; c 99 pulled 0; d 8; e 99 pulled 45; i 99 holds child; child 99; index=i 99;
            ci-5=a 1; ci-4=b 3; ci-3=c 45; ci-2=d 9; f 99; ci-1=f 45; ci-00=a 49; ci-0=e 50;
            m 1; sig(a)=m 1; young 1; touched 99 touched 2; pulled 99 pulled 3; old 22 touched 21; r 1 refers old; n 1; att(old)=n 1
            """;
        var (contents, plan) = Plan(
            sketch,
            [""" "keepNewest": 1, "keepPushedDays": 7, "keepPulledDays": 10, "tags": ["ci-*"] """,
                """ "keepNewest": 1, "tags": ["ci-0*"] """, """ "untaggedDays": 20 """],
            """[{ "name": "releases", "repositories": ["**"], "tags": ["v*"], "mode": "locked" }]""",
            null);
        var words = plan.Kept.Concat(plan.Removed).ToDictionary(decision => decision.Tag?.Value ?? decision.Digest.ToString(),
            decision => decision.ToString());
        var isTag = contents.Tags.Any(tag => tag.Tag == Named(about));
        var text = words[isTag ? Named(about)!.Value : RepositorySketch.DigestOf(about).ToString()];
        foreach (var name in new[] { "a", "f", "i", "m", "child", "young", "touched", "pulled", "old", "r" })
            text = text.Replace(RepositorySketch.DigestOf(name).ToString(), $"({name})", StringComparison.Ordinal);
        foreach (var tag in new[] { "sig(a)", "att(old)" })
            text = text.Replace(RepositorySketch.TagOf(tag).Value, tag, StringComparison.Ordinal);
        Assert.Equal(expected, text);

        static Tag? Named(string text) => text.Contains('(', StringComparison.Ordinal)
            || Tag.TryParse(text, out _) ? RepositorySketch.TagOf(text) : null;
    }

    [Theory]
    [InlineData(1, "1st")]
    [InlineData(2, "2nd")]
    [InlineData(3, "3rd")]
    [InlineData(4, "4th")]
    [InlineData(11, "11th")]
    [InlineData(12, "12th")]
    [InlineData(13, "13th")]
    [InlineData(21, "21st")]
    [InlineData(111, "111th")]
    [InlineData(122, "122nd")]
    public void Ranks_are_told_as_people_do(int rank, string expected) => Assert.Equal(expected, new Ordinal(rank).ToString());

    /// <summary>
    /// If something planned for removal turns out to be in use, what it needs and what refers to it must stay, too.
    /// </summary>
    [Theory]
    [InlineData("i", "i a r m")]
    [InlineData("a", "a")]
    [InlineData("r", "r m")]
    [InlineData("unknown", "unknown")]
    public void Manifests_kept_by_a_manifest_are_listed(string manifest, string kept)
    {
        var (_, plan) = Plan("a 99; i 99 holds a; r 99 refers i; m 99; sig(r)=m 99; other 99", [Untagged], "[]", null);
        Assert.Equal(kept.Split(' ').Select(RepositorySketch.DigestOf).ToHashSet(),
            plan.KeptWith(RepositorySketch.DigestOf(manifest)).ToHashSet());
    }

    [Fact]
    public void Repositories_without_rules_have_no_plan()
    {
        var policy = PolicyOf([Newest], "[]");
        Assert.Null(policy.RetentionOf(RepositoryName.Parse("other/app")));
        Assert.Null(Policy.Open.RetentionOf(RepositoryName.Parse("team/app")));
        Assert.Equal("r0", policy.RetentionOf(RepositoryName.Parse("team/app"))!.Rules.Single().Name);
    }

    /// <summary>
    /// 100,000 manifests of a realistic large repository, planned in a few seconds on the slowest machine, and in little
    /// memory.
    /// </summary>
    [Fact]
    public void Large_repositories_are_planned_in_seconds()
    {
        var (manifests, tags) = (new List<HeldManifest>(), new List<HeldTag>());
        for (var i = 0; i < 25_000; i++)
        {
            var pushed = RepositorySketch.Now.AddMinutes(-10 * i);
            var (index, image, other) = (RepositorySketch.DigestOf($"index {i}"),
                RepositorySketch.DigestOf($"image {i}"), RepositorySketch.DigestOf($"other {i}"));
            manifests.Add(new HeldManifest(image, pushed, pushed, [], null, null));
            manifests.Add(new HeldManifest(other, pushed, pushed, [], null, null));
            manifests.Add(new HeldManifest(index, pushed, pushed, [image, other], null, null));
            manifests.Add(new HeldManifest(RepositorySketch.DigestOf($"signature {i}"),
                pushed, pushed, [], i % 2 == 0 ? index : null, null));
            if (i % 2 == 1) tags.Add(new HeldTag(RepositorySketch.TagOf($"sha256-{index.Hex}.sig"), manifests[^1].Digest, pushed));
            if (i % 4 < 3) tags.Add(new HeldTag(RepositorySketch.TagOf($"ci-{i}"), index, pushed));
        }
        var contents = new RepositoryContents(manifests, tags, null, []);
        var retention = PolicyOf([""" "keepNewest": 1000, "tags": ["ci-*"] """,
            """ "keepPushedDays": 30 """, """ "keepPulledDays": 30 """, Untagged], "[]").RetentionOf(RepositoryName.Parse("team/app"))!;
        RetentionPlan.Make(contents, retention, RepositorySketch.Now);

        // CPU time: on a busy machine any work takes long by the clock.
        var (before, began) = (GC.GetAllocatedBytesForCurrentThread(), Environment.CpuUsage.TotalTime);
        var plan = RetentionPlan.Make(contents, retention, RepositorySketch.Now);
        var worked = Environment.CpuUsage.TotalTime - began;
        var bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / manifests.Count;
        Assert.Equal(manifests.Count + tags.Count, plan.Kept.Count + plan.Removed.Count);
        Assert.InRange(plan.Removed.Count, 20_000, 60_000);
        Assert.True(bytes < 1000, $"{bytes} bytes for each manifest");
        Assert.True(worked < TimeSpan.FromSeconds(10), $"{worked}");
    }

    static void AssertRemoves(string removed, string sketch, string[] rules, string tagRules = "[]", int? pullsSince = null)
    {
        var (contents, plan) = Plan(sketch, rules, tagRules, pullsSince);
        Assert.Equal(removed, RepositorySketch.Describe(plan.Removed, contents, sketch));
        Assert.Equal(contents.Manifests.Count + contents.Tags.Count, plan.Kept.Count + plan.Removed.Count);
        Assert.All(plan.Kept, decision => Assert.False(decision.Removed));
        Assert.All(plan.Removed, decision => Assert.True(decision.Removed));
    }

    static (RepositoryContents Contents, RetentionPlan Plan) Plan(string sketch, string[] rules, string tagRules, int? pullsSince)
    {
        var contents = RepositorySketch.Read(sketch, pullsSince);
        return (contents, RetentionPlan.Make(contents, PolicyOf(rules, tagRules).RetentionOf(RepositoryName.Parse("team/app"))!,
            RepositorySketch.Now));
    }

    /// <summary>Rules r0, r1 and so on, for the repositories of a team.</summary>
    internal static Policy PolicyOf(string[] rules, string tagRules)
    {
        var retention = rules.Select((rule, i) => $$"""{ "name": "r{{i}}", "repositories": ["team/**"], {{rule}} }""");
        return Policy.Parse($$"""{ "tags": {{tagRules}}, "retention": [{{string.Join(", ", retention)}}] }""");
    }
}
