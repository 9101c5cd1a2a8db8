using System.Net;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>
/// Retention on a real repository, as it would be some days from now: the clock of a pass is advanced, not the storage's.
/// </summary>
public sealed class RetentionSweepTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    readonly string _name = TestRegistry.NewName();

    static readonly string[] s_tags = ["pulled", "locked", "neither"];

    HttpClient Client => registry.Client;

    [Fact]
    public async Task Tags_beyond_the_newest_are_removed_and_can_be_restored()
    {
        var manifests = new List<byte[]>();
        for (var i = 0; i < 5; i++) manifests.Add(await Client.PushImageAsync(_name, $"v{i}", RandomBytes(10)));
        const string Rules = """{"name":"r","repositories":["**"],"keepNewest":2,"untaggedDays":7}""";
        var first = await SweepAsync(Rules, days: 1);
        Assert.Equal((3, 2), (first.Count(CollectedKind.Tag, Outcome.Removed), first.Count(CollectedKind.Tag, Outcome.Kept)));
        Assert.Equal((0, 5), (first.Count(CollectedKind.Manifest, Outcome.Removed), first.Count(CollectedKind.Manifest, Outcome.Kept)));
        Assert.Equal(0, (await SweepAsync(Rules, days: 5)).Count(CollectedKind.Manifest, Outcome.Removed));
        var second = await SweepAsync(Rules, days: 8);
        Assert.Equal((3, 2), (second.Count(CollectedKind.Manifest, Outcome.Removed), second.Count(CollectedKind.Manifest, Outcome.Kept)));
        Assert.Equal(["v3", "v4"], (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Select(tag => (string?)tag));

        var deleted = (await Client.GetJsonAsync($"/v2/{_name}/_registry/deleted/list"))["deleted"]!.AsArray();
        Assert.Equal(6, deleted.Count);
        Assert.All(deleted, item => Assert.Equal("retention", (string?)item!["deletedBy"]));
        (await Client.PostAsync($"/v2/{_name}/_registry/deleted/manifests/v1", null)).EnsureSuccessStatusCode();
        Assert.Equal(manifests[1], await Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
    }

    [Fact]
    public async Task Manifest_is_removed_with_any_number_of_tags()
    {
        var manifest = await Client.PushImageAsync(_name, null, RandomBytes(10));
        var signature = Image();
        signature["subject"] = Descriptor(manifest, MediaType.OciManifest);
        for (var i = 0; i < 75; i++) (await Client.PutManifestAsync(_name, $"t{i:000}", signature.ToBytes())).EnsureSuccessStatusCode();
        var report = await SweepAsync("""{"name":"r","repositories":["**"],"keepPushedDays":1,"untaggedDays":1}""", days: 4);
        Assert.Equal((2, 75), (report.Count(CollectedKind.Manifest, Outcome.Removed), report.Count(CollectedKind.Tag, Outcome.Removed)));
        Assert.Empty((await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray());
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{_name}/manifests/{DigestOf(signature.ToBytes())}")).StatusCode);
    }

    [Fact]
    public async Task Indexes_children_and_referrers_are_kept_and_removed_together()
    {
        var (kept, gone) = (await PushTreeAsync("keep"), await PushTreeAsync("go"));
        const string Rules = """{"name":"r","repositories":["**"],"tags":["go"],"keepPushedDays":1},""" +
            """{"name":"s","repositories":["**"],"untaggedDays":1}""";
        await SweepAsync(Rules, days: 2);
        var report = await SweepAsync(Rules, days: 4);
        Assert.Equal((3, 3), (report.Count(CollectedKind.Manifest, Outcome.Removed), report.Count(CollectedKind.Manifest, Outcome.Kept)));
        foreach (var digest in kept) Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"/v2/{_name}/manifests/{digest}")).StatusCode);
        foreach (var digest in gone)
            Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{_name}/manifests/{digest}")).StatusCode);
    }

    [Fact]
    public async Task Pulled_manifests_and_locked_tags_are_kept()
    {
        var manifests = new List<byte[]>();
        foreach (var tag in s_tags) manifests.Add(await Client.PushImageAsync(_name, tag, RandomBytes(10)));
        await Client.GetByteArrayAsync($"/v2/{_name}/manifests/pulled");
        await registry.Get<PullRecords>().WriteAsync(CancellationToken.None);
        // Days of pulls are counted by the host's clock: this one is advanced by some days.
        var table = new Azure.Data.Tables.TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories");
        var use = (await table.GetEntityAsync<Azure.Data.Tables.TableEntity>(_name.Replace('/', ':'), $"l:{DigestOf(manifests[0])}")).Value;
        use["Pulled"] = DateTime.UtcNow.AddDays(10).ToString("yyyy-MM-dd", System.Globalization.CultureInfo.InvariantCulture);
        await table.UpdateEntityAsync(use, use.ETag);
        var report = await SweepAsync(
            """{"name":"r","repositories":["**"],"keepPulledDays":10}""",
                days: 15, """{"name":"l","repositories":["**"],"tags":["locked"],"mode":"locked"}""", pullsSince: TimeSpan.FromDays(-50));
        Assert.Equal(1, report.Count(CollectedKind.Tag, Outcome.Removed));
        Assert.Equal(["locked", "pulled"], (await Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray()
            .Select(tag => (string?)tag));
    }

    [Fact]
    public async Task Manifests_that_change_during_the_decision_are_kept_with_their_references()
    {
        var tree = await PushTreeAsync("go");
        (await Client.DeleteAsync($"/v2/{_name}/manifests/go")).EnsureSuccessStatusCode();
        var index = await Client.GetByteArrayAsync($"/v2/{_name}/manifests/{tree[0]}");
        var report = await SweepAsync("""{"name":"s","repositories":["**"],"untaggedDays":1}""", days: 4, meanwhile: async () =>
            (await Client.PutManifestAsync(_name, "back", index, MediaType.OciIndex)).EnsureSuccessStatusCode());
        Assert.Equal((0, 3), (report.Count(CollectedKind.Manifest, Outcome.Removed),
            report.Count(CollectedKind.Manifest, Outcome.Changed)));
        foreach (var digest in tree) Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"/v2/{_name}/manifests/{digest}")).StatusCode);
    }

    /// <summary>
    /// A signature would be removed with its subject however recently it was touched, except for an index that a pending push
    /// is about to write.
    /// </summary>
    [Fact]
    public async Task References_of_a_pending_large_push_are_kept()
    {
        var tree = await PushTreeAsync("go");
        (await Client.DeleteAsync($"/v2/{_name}/manifests/go")).EnsureSuccessStatusCode();
        var pending = registry.Get<StorageAccount>().Repository(RepositoryName.Parse(_name))
            .Row(Layout.Pending(DigestAlgorithm.Sha256.Of(RandomBytes(10)), "attempt"));
        PackedReferences.Write(pending, [new PinnedReference(Digest.Parse(tree[2]), IsManifest: true)]);
        await new Azure.Data.Tables.TableClient(await SharedAzurite.GetConnectionStringAsync(), "repositories").AddEntityAsync(pending);
        var report = await SweepAsync("""{"name":"s","repositories":["**"],"untaggedDays":1}""", days: 4);
        Assert.Equal((2, 1), (report.Count(CollectedKind.Manifest, Outcome.Removed), report.Count(CollectedKind.Manifest, Outcome.Kept)));
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"/v2/{_name}/manifests/{tree[2]}")).StatusCode);
    }

    [Fact]
    public async Task Dry_run_reports_each_decision_with_its_reason()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        var lines = new List<string>();
        var report = await SweepAsync("""{"name":"r","repositories":["**"],"keepPushedDays":3}""", days: 5, explain: lines, dryRun: true);
        Assert.Equal(1, report.Count(CollectedKind.Tag, Outcome.Removed));
        Assert.StartsWith($"Removed           Tag          {_name}:v1: retention (removed by rule 'r': pushed ",
            Assert.Single(lines, line => line.Contains("Tag", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await Client.GetAsync($"/v2/{_name}/manifests/v1")).StatusCode);
    }

    /// <summary>Pushes an index, its child, and referrers; returns all digests.</summary>
    async Task<string[]> PushTreeAsync(string tag)
    {
        var child = await Client.PushImageAsync(_name, null, RandomBytes(10));
        var index = Index(child).ToBytes();
        (await Client.PutManifestAsync(_name, tag, index, MediaType.OciIndex)).EnsureSuccessStatusCode();
        var signature = Image();
        signature["subject"] = Descriptor(index, MediaType.OciIndex);
        (await Client.PutManifestAsync(_name, DigestOf(signature.ToBytes()), signature.ToBytes())).EnsureSuccessStatusCode();
        return [DigestOf(index), DigestOf(child), DigestOf(signature.ToBytes())];
    }

    async Task<CollectionReport> SweepAsync(
        string retention, int days, string tags = "", TimeSpan? pullsSince = null,
            Func<Task>? meanwhile = null, List<string>? explain = null, bool dryRun = false)
    {
        var policy = Policy.Parse($$"""{"rules":[],"tags":[{{tags}}],"retention":[{{retention}}]}""");
        var account = registry.Get<StorageAccount>();
        var now = (await account.Collections.ReadWithTimeAsync("now", CancellationToken.None)).Now;
        var report = new CollectionReport(now.AddDays(days), dryRun);
        var pass = new PassContext(account, report, decision =>
        {
            // The first decision is reported when everything has been read.
            if (meanwhile is not null) Task.Run(meanwhile).GetAwaiter().GetResult();
            meanwhile = null;
            explain?.Add(decision.ToString());
        })
        {
            PullRecordsStart = now + (pullsSince ?? TimeSpan.Zero),
        };
        var sweep = new RetentionSweep(pass, registry.Get<ManifestDeleter>(),
            account.Repository(RepositoryName.Parse(_name)), policy.RetentionOf(RepositoryName.Parse(_name))!);
        if (meanwhile is not null) await Client.PushImageAsync(_name, "unrelated", RandomBytes(10));
        await sweep.RunAsync(CancellationToken.None);
        return report;
    }
}
