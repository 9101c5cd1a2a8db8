using System.Net;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Integrity;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>Each kind of damage, done behind the registry's back: it is reported as that and nothing else, repaired, and everything is served again.</summary>
public sealed class IntegrityCheckTests(SoundRegistry registry) : IClassFixture<SoundRegistry>, IAsyncLifetime
{
    PushedRepository _pushed = null!;

    string Name => _pushed.Name;

    public async Task InitializeAsync() => _pushed = await registry.TakeAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Sound_registry_has_no_findings_and_is_counted()
    {
        var (report, findings) = await registry.CheckAsync(repositories: Name);
        Assert.Empty(findings);
        // Image, child, index, signature, three large ones, and the one with many layers.
        Assert.Equal((1, 8, 6, 2), (report.Repositories, report.Manifests, report.Tags, report.Referrers));
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    [Fact]
    public Task Tag_without_its_place_in_the_list() => RepairAsync(
        () => registry.DeleteAsync(Name, $"d:{DigestOf(_pushed.Image)}:v1"), (FindingKind.TagIndexMissing, "t:v1"));

    [Fact]
    public Task List_of_tags_without_its_tag() => RepairAsync(
        () => registry.DeleteAsync(Name, "t:v1"), (FindingKind.TagMissing, $"d:{DigestOf(_pushed.Image)}:v1"));

    [Fact]
    public Task List_of_tags_with_the_tag_of_another_manifest() => RepairAsync(
        () => registry.Repositories.AddEntityAsync(new TableEntity(SoundRegistry.KeyOf(Name), $"d:{DigestOf(_pushed.Child)}:v1")),
        (FindingKind.TagIndexStale, $"d:{DigestOf(_pushed.Child)}:v1"));

    [Fact]
    public Task Tag_of_another_size_than_its_manifest() => RepairAsync(
        () => registry.ChangeAsync(Name, "t:v1", row => row["Size"] = 7L), (FindingKind.TagColumns, "t:v1"));

    [Fact]
    public Task Referrer_that_is_missing() => RepairAsync(
        () => registry.DeleteAsync(Name, Referrer(_pushed.Signature)), (FindingKind.ReferrerMissing, Referrer(_pushed.Signature)));

    [Fact]
    public Task Referrer_that_describes_something_else() => RepairAsync(
        () => registry.ChangeAsync(Name, Referrer(_pushed.Signature), row => row["ArtifactType"] = "text/plain"), (FindingKind.ReferrerWrong, Referrer(_pushed.Signature)));

    [Fact]
    public Task Referrer_without_a_manifest() => RepairAsync(
        () => registry.Repositories.AddEntityAsync(new TableEntity(SoundRegistry.KeyOf(Name), $"r:{DigestOf(_pushed.Image)}:{DigestOf([1])}") { ["MediaType"] = MediaType.OciManifest, ["Size"] = 1L }),
        (FindingKind.ReferrerOrphaned, $"r:{DigestOf(_pushed.Image)}:{DigestOf([1])}"));

    [Theory]
    [InlineData("MediaType")]
    [InlineData("Size")]
    [InlineData("Subject")]
    [InlineData("ArtifactType")]
    [InlineData("References0")]
    [InlineData("Pushed")]
    public Task Manifest_that_has_lost_a_column(string column) => RepairAsync(
        () => registry.ChangeAsync(Name, Manifest(_pushed.Signature), row => row.Remove(column)), (FindingKind.ManifestColumns, Manifest(_pushed.Signature)));

    [Fact]
    public Task Manifest_of_many_layers_that_has_lost_its_references() => RepairAsync(
        () => registry.ChangeAsync(Name, Manifest(_pushed.Many), row => row.Remove("References0")), (FindingKind.ManifestColumns, Manifest(_pushed.Many)));

    [Fact]
    public Task Manifest_that_holds_what_it_does_not_name() => RepairAsync(
        () => registry.ChangeAsync(Name, Manifest(_pushed.Image), row => row["References0"] = (byte[])[.. (byte[])row["References0"], 0, .. DigestAlgorithm.Sha256.Of([5]).ToBytes()]),
        (FindingKind.ManifestColumns, Manifest(_pushed.Image)));

    [Fact]
    public Task Large_manifest_whose_row_names_no_object() => RepairAsync(
        () => registry.ChangeAsync(Name, Manifest(_pushed.Large), row => row["Object"] = "nowhere"), (FindingKind.ManifestBody, Manifest(_pushed.Large)));

    [Fact]
    public Task Large_manifest_that_is_lost_is_written_anew_from_the_container() => RepairAsync(
        () => registry.DeleteAsync(Name, Manifest(_pushed.Large)), (FindingKind.TagDangling, "t:large"));

    [Fact]
    public Task Large_index_and_its_child_are_written_anew_from_the_container() => RepairAsync(
        async () =>
        {
            await registry.DeleteAsync(Name, Manifest(_pushed.LargeIndex));
            await registry.DeleteAsync(Name, Manifest(_pushed.LargeChild));
        },
        (FindingKind.TagDangling, "t:largeindex"), (FindingKind.ReferrerOrphaned, Referrer(_pushed.LargeChild)));

    [Fact]
    public async Task Child_that_was_lost_is_a_warning_and_written_anew_from_the_container()
    {
        await registry.DeleteAsync(Name, Referrer(_pushed.LargeChild));
        await RepairAsync(() => registry.DeleteAsync(Name, Manifest(_pushed.LargeChild)), (FindingKind.ChildMissing, Manifest(_pushed.LargeChild)));
    }

    [Fact]
    public async Task Child_that_was_deleted_is_a_warning()
    {
        using var deleted = await registry.Client.DeleteAsync($"/v2/{Name}/manifests/{DigestOf(_pushed.Child)}");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        var (report, findings) = await registry.CheckAsync(repair: true);
        Assert.Equal((FindingKind.ChildMissing, true), (Assert.Single(findings).Kind, report.IsSound));
        using var put = await registry.Client.PutManifestAsync(Name, DigestOf(_pushed.Child), _pushed.Child);
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    [Fact]
    public Task Repository_that_is_in_no_catalog() => RepairAsync(
        () => registry.Catalog.DeleteEntityAsync("names", SoundRegistry.KeyOf(Name)), (FindingKind.CatalogMissing, SoundRegistry.KeyOf(Name)));

    [Fact]
    public Task Link_that_is_missing_although_its_object_is_there() => RepairAsync(
        () => registry.DeleteAsync(Name, Link(_pushed.Layer)), (FindingKind.LinkMissing, Link(_pushed.Layer)));

    [Fact]
    public Task Link_content_and_owner_that_are_missing_although_the_object_is_there() => RepairAsync(
        async () =>
        {
            await registry.DeleteAsync(Name, Link(_pushed.Layer));
            await registry.Digests.DeleteEntityAsync(DigestOf(_pushed.Layer), "");
            await registry.Digests.DeleteEntityAsync(DigestOf(_pushed.Layer), SoundRegistry.KeyOf(Name));
        },
        (FindingKind.LinkMissing, Link(_pushed.Layer)));

    [Fact]
    public Task Link_that_names_another_object() => RepairAsync(
        () => registry.ChangeAsync(Name, Link(_pushed.Layer), row => row["Object"] = "nowhere"), (FindingKind.LinkObject, Link(_pushed.Layer)));

    [Fact]
    public Task Link_that_names_no_object() => RepairAsync(
        () => registry.ChangeAsync(Name, Link(_pushed.Layer), row => row.Remove("Object")), (FindingKind.LinkObject, Link(_pushed.Layer)));

    [Fact]
    public Task Owner_that_is_missing() => RepairAsync(
        () => registry.Digests.DeleteEntityAsync(DigestOf(_pushed.Layer), SoundRegistry.KeyOf(Name)), (FindingKind.OwnerMissing, Link(_pushed.Layer)));

    [Fact]
    public Task Content_that_is_missing() => RepairAsync(
        () => registry.Digests.DeleteEntityAsync(DigestOf(_pushed.Layer), ""), (FindingKind.ContentMissing, Link(_pushed.Layer)));

    [Fact]
    public async Task Content_that_names_no_object_while_another_one_has_the_bytes()
    {
        var there = await registry.ObjectOfAsync(DigestOf(_pushed.Layer));
        await RepairAsync(
            () => registry.ChangeContentAsync(DigestOf(_pushed.Layer), row => row["Object"] = "nowhere"),
            [(FindingKind.ObjectMissing, $"{there[..there.LastIndexOf('/')]}/nowhere"), (FindingKind.ContentMissing, Link(_pushed.Layer))]);
    }

    [Fact]
    public async Task Content_of_another_length_than_its_object()
    {
        var there = await registry.ObjectOfAsync(DigestOf(_pushed.Layer));
        await RepairAsync(
            async () =>
            {
                await registry.ChangeContentAsync(DigestOf(_pushed.Layer), row => row["Size"] = 7L);
                await registry.ChangeAsync(Name, Link(_pushed.Layer), row => row["Size"] = 7L);
            },
            (FindingKind.ObjectLength, there));
    }

    [Fact]
    public async Task Object_that_is_lost_can_be_pushed_again_after_the_repair()
    {
        var lost = await registry.ObjectOfAsync(DigestOf(_pushed.Layer));
        await registry.Blobs.DeleteBlobAsync(lost);
        await AssertFoundAsync(digests: false, (FindingKind.ObjectMissing, lost));
        await PushAgainAsync(_pushed.Layer, digests: false, (FindingKind.ObjectMissing, lost));
    }

    [Fact]
    public async Task Object_with_other_bytes_is_found_when_bytes_are_read_and_can_be_pushed_again_after_the_repair()
    {
        var corrupt = await registry.ObjectOfAsync(DigestOf(_pushed.Layer));
        await OverwriteAsync(corrupt, RandomBytes(_pushed.Layer.Length));
        // Not without reading it.
        Assert.True((await registry.CheckAsync()).Report.IsSound);
        await AssertFoundAsync(digests: true, (FindingKind.ObjectCorrupt, corrupt));
        await PushAgainAsync(_pushed.Layer, digests: true, (FindingKind.ObjectCorrupt, corrupt));
    }

    [Fact]
    public async Task Object_with_other_bytes_is_replaced_by_another_one_that_has_them()
    {
        // Pushed twice at once, or by an upload that was broken off before its end.
        var corrupt = await registry.ObjectOfAsync(DigestOf(_pushed.Layer));
        await registry.Blobs.UploadBlobAsync($"{corrupt[..corrupt.LastIndexOf('/')]}/another", new BinaryData(_pushed.Layer));
        await OverwriteAsync(corrupt, RandomBytes(_pushed.Layer.Length));
        await AssertFoundAsync(digests: true, (FindingKind.ObjectCorrupt, corrupt));
        var (report, findings) = await registry.CheckAsync(digests: true, repair: true);
        Assert.True(report.IsSound, string.Join('\n', findings));
        Assert.Equal([FindingKind.ObjectCorrupt, FindingKind.LinkObject], findings.Select(finding => finding.Kind));
        // What counts as nothing is the collector's, whatever is in it.
        await registry.AssertSoundAsync();
        await AssertServedAsync();
        await registry.Blobs.DeleteBlobAsync(corrupt);
    }

    [Fact]
    public async Task Object_that_is_lost_and_brought_back_is_linked_again()
    {
        var lost = await registry.ObjectOfAsync(DigestOf(_pushed.Layer));
        await registry.Blobs.DeleteBlobAsync(lost);
        await registry.CheckAsync(repair: true);
        await registry.Blobs.UploadBlobAsync(lost, new BinaryData(_pushed.Layer));
        await AssertFoundAsync(digests: true, (FindingKind.LinkMissing, Link(_pushed.Layer)));
        Assert.True((await registry.CheckAsync(repair: true)).Report.IsSound);
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    [Fact]
    public async Task Manifest_whose_bytes_are_lost_for_good_is_told_and_can_be_pushed_again()
    {
        await registry.ChangeAsync(Name, Manifest(_pushed.Image), row => row["Body0"] = "{}"u8.ToArray());
        await AssertFoundAsync(digests: false, (FindingKind.ManifestBody, Manifest(_pushed.Image)));
        var (report, findings) = await registry.CheckAsync(repair: true);
        Assert.Equal((1, FindingState.Left), (report.Left, Assert.Single(findings).State));
        Assert.Equal($"push {DigestOf(_pushed.Image)} again", findings[0].Advice);
        using var put = await registry.Client.PutManifestAsync(Name, DigestOf(_pushed.Image), _pushed.Image);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    [Fact]
    public async Task Tag_whose_manifest_is_lost_for_good_is_told_and_can_be_pushed_again()
    {
        await registry.DeleteAsync(Name, Manifest(_pushed.Many));
        await AssertFoundAsync(digests: false, (FindingKind.TagDangling, "t:many"));
        var (report, findings) = await registry.CheckAsync(repair: true);
        Assert.Equal((1, FindingState.Left), (report.Left, Assert.Single(findings).State));
        using var put = await registry.Client.PutManifestAsync(Name, "many", _pushed.Many);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    [Fact]
    public async Task Rows_and_objects_that_the_registry_cannot_have_written_are_told()
    {
        await registry.Repositories.AddEntityAsync(new TableEntity(SoundRegistry.KeyOf(Name), "m:nothing"));
        await registry.Repositories.AddEntityAsync(new TableEntity("Nobody", "m:nothing"));
        await registry.Blobs.UploadBlobAsync("readme.txt", new BinaryData("hi"));
        var (_, findings) = await registry.CheckAsync();
        Assert.Equal(["blobs/readme.txt", "m:nothing", "repositories/Nobody"], findings.Select(finding => finding.Row).Order(StringComparer.Ordinal));
        Assert.All(findings, finding => Assert.Equal((FindingKind.RowUnreadable, null), (finding.Kind, finding.Repair)));
        await registry.DeleteAsync(Name, "m:nothing");
        await registry.Repositories.DeleteEntityAsync("Nobody", "m:nothing");
        await registry.Blobs.DeleteBlobAsync("readme.txt");
        registry.GiveBack(_pushed);
    }

    [Fact]
    public async Task Objects_of_uploads_that_broke_off_are_counted_and_no_finding()
    {
        var before = (await registry.CheckAsync()).Report;
        await registry.Blobs.UploadBlobAsync($"sha256/{DigestOf([9])[7..]}/left", new BinaryData("left"));
        var (report, findings) = await registry.CheckAsync(digests: true);
        Assert.Empty(findings);
        Assert.Equal((before.UnnamedObjects + 1, before.UnnamedBytes + 4), (report.UnnamedObjects, report.UnnamedBytes));
        await registry.Blobs.DeleteBlobAsync($"sha256/{DigestOf([9])[7..]}/left");
        registry.GiveBack(_pushed);
    }

    [Fact]
    public async Task Deleted_manifest_whose_blobs_are_deleted_is_a_warning_and_stays_deleted()
    {
        var layer = RandomBytes(30);
        var manifest = await registry.Client.PushImageAsync(Name, null, layer);
        foreach (var path in new[] { $"manifests/{DigestOf(manifest)}", $"blobs/{DigestOf(layer)}" })
        {
            using var deleted = await registry.Client.DeleteAsync($"/v2/{Name}/{path}");
            Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        }
        var (report, findings) = await registry.CheckAsync(repair: true);
        Assert.Equal((FindingKind.UndoIncomplete, $"x:{DigestOf(manifest)}", true), (Assert.Single(findings).Kind, findings[0].Row, report.IsSound));
        Assert.Equal(HttpStatusCode.NotFound, (await registry.Client.GetAsync($"/v2/{Name}/blobs/{DigestOf(layer)}")).StatusCode);
        await registry.DeleteAsync(Name, $"x:{DigestOf(manifest)}");
        await AssertServedAsync();
    }

    [Fact]
    public async Task Only_the_repositories_that_are_named_are_looked_at()
    {
        var other = await PushedRepository.PushAsync(registry.Client);
        await registry.DeleteAsync(Name, "t:v1");
        var lost = await registry.ObjectOfAsync(DigestOf(other.Layer));
        await registry.Blobs.DeleteBlobAsync(lost);
        Assert.Equal(FindingKind.TagMissing, Assert.Single((await registry.CheckAsync(repositories: Name)).Findings).Kind);
        // The objects that it links are looked at, too.
        Assert.Equal(lost, Assert.Single((await registry.CheckAsync(repositories: other.Name)).Findings).Row);
        var (_, findings) = await registry.CheckAsync(repair: true, repositories: other.Name);
        Assert.Equal([FindingKind.ObjectMissing, FindingKind.ObjectMissing, FindingKind.BlobMissing], findings.Select(finding => finding.Kind));
        Assert.Equal(FindingKind.BlobMissing, Assert.Single((await registry.CheckAsync(repositories: other.Name)).Findings).Kind);
        Assert.Equal(FindingKind.TagMissing, Assert.Single((await registry.CheckAsync(repositories: Name)).Findings).Kind);
    }

    string Referrer(byte[] manifest) => $"r:{DigestOf(_pushed.Image)}:{DigestOf(manifest)}";

    static string Manifest(byte[] manifest) => $"m:{DigestOf(manifest)}";

    static string Link(byte[] blob) => $"b:{DigestOf(blob)}";

    async Task OverwriteAsync(string name, byte[] bytes) => await registry.Blobs.GetBlobClient(name).UploadAsync(new BinaryData(bytes), new BlobUploadOptions());

    async Task AssertServedAsync()
    {
        await using var fresh = await registry.StartAsync();
        await _pushed.AssertServedAsync(fresh.Client);
        registry.GiveBack(_pushed);
    }

    async Task AssertFoundAsync(bool digests, params (FindingKind, string)[] expected)
    {
        var (report, findings) = await registry.CheckAsync(digests);
        Assert.Equal(expected.Order(), findings.Select(finding => (finding.Kind, finding.Row)).Order());
        Assert.All(findings, finding => Assert.Equal(FindingState.Found, finding.State));
        Assert.Equal(findings.All(finding => finding.IsWarning), report.IsSound);
    }

    /// <summary>Damages, finds exactly that, repairs it, finds nothing any more, and everything is served.</summary>
    async Task RepairAsync(Func<Task> damage, params (FindingKind, string)[] expected)
    {
        await damage();
        await AssertFoundAsync(digests: false, expected);
        var (report, findings) = await registry.CheckAsync(repair: true);
        Assert.True(report.IsSound, string.Join('\n', findings));
        Assert.All(findings, finding => Assert.Equal(FindingState.Repaired, finding.State));
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    /// <summary>Of bytes that are lost the registry says so after a repair, and takes them again.</summary>
    async Task PushAgainAsync(byte[] blob, bool digests, (FindingKind Kind, string Row) lost)
    {
        var (report, findings) = await registry.CheckAsync(digests, repair: true);
        Assert.Contains(findings, finding => (finding.Kind, finding.Row, finding.State) == (lost.Kind, lost.Row, FindingState.Repaired));
        var left = Assert.Single(findings, finding => finding.State == FindingState.Left);
        Assert.Equal((FindingKind.BlobMissing, Link(blob), 1), (left.Kind, left.Row, report.Left));
        Assert.Contains($"push {DigestOf(blob)} to {Name} again", left.Advice, StringComparison.Ordinal);

        using var head = await registry.Client.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"/v2/{Name}/blobs/{DigestOf(blob)}"));
        Assert.Equal(HttpStatusCode.NotFound, head.StatusCode);
        await registry.Client.PushBlobAsync(Name, blob);
        await registry.AssertSoundAsync();
        await AssertServedAsync();
    }
}
