using System.Net;
using Azure.Data.Tables;
using Registry.Integrity;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>Damage of the rows of tags, referrers, manifests and the catalog.</summary>
public sealed class RowDamageTests(HealthyRegistry registry) : IntegrityTest(registry)
{
    static readonly DateTimeOffset s_pushed = new(2020, 1, 2, 3, 4, 5, TimeSpan.Zero);

    // P4 (docs/design/hardening.md): a push does not read the sizes of what it references.
    [Fact]
    public async Task Descriptors_of_another_size_than_their_content_are_reported()
    {
        var (image, index) = (Image(Pushed.Layer), Index(Pushed.Image));
        image["layers"]![0]!["size"] = 999_999;
        index["manifests"]![0]!["size"] = 0;
        foreach (var (document, type) in new[] { (image, MediaType.OciManifest), (index, MediaType.OciIndex) })
        {
            using var put = await Registry.Client.PutManifestAsync(Name, DigestOf(document.ToBytes()), document.ToBytes(), type);
            Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        }
        await AssertFoundAsync(
            digests: false,
            (FindingKind.DescriptorSize, Manifest(image.ToBytes())),
            (FindingKind.DescriptorSize, Manifest(index.ToBytes())));
        foreach (var document in new[] { image, index })
            (await Registry.Client.DeleteAsync($"/v2/{Name}/manifests/{DigestOf(document.ToBytes())}")).EnsureSuccessStatusCode();
        await Registry.AssertSoundAsync();
    }

    [Fact]
    public Task Tag_without_its_place_in_the_list() => RepairAsync(
        () => Registry.DeleteAsync(Name, $"d:{DigestOf(Pushed.Image)}:v1"), (FindingKind.TagIndexMissing, "t:v1"));

    [Fact]
    public Task List_of_tags_without_its_tag() => RepairAsync(
        () => Registry.DeleteAsync(Name, "t:v1"), (FindingKind.TagMissing, $"d:{DigestOf(Pushed.Image)}:v1"));

    [Fact]
    public Task List_of_tags_with_the_tag_of_another_manifest() => RepairAsync(
        () => Registry.Repositories.AddEntityAsync(new TableEntity(HealthyRegistry.KeyOf(Name), $"d:{DigestOf(Pushed.Child)}:v1")),
        (FindingKind.TagIndexStale, $"d:{DigestOf(Pushed.Child)}:v1"));

    [Fact]
    public Task Tag_of_another_size_than_its_manifest() => RepairAsync(
        () => Registry.ChangeAsync(Name, "t:v1", row => row["Size"] = 7L), (FindingKind.TagColumns, "t:v1"));

    [Fact]
    public Task Referrer_that_is_missing() => RepairAsync(
        () => Registry.DeleteAsync(Name, Referrer(Pushed.Signature)), (FindingKind.ReferrerMissing, Referrer(Pushed.Signature)));

    [Fact]
    public Task Referrer_that_describes_something_else() => RepairAsync(
        () => Registry.ChangeAsync(Name, Referrer(Pushed.Signature), row => row["ArtifactType"] = "text/plain"),
            (FindingKind.ReferrerWrong, Referrer(Pushed.Signature)));

    [Fact]
    public Task Referrer_without_a_manifest() => RepairAsync(
        () => Registry.Repositories.AddEntityAsync(new TableEntity(HealthyRegistry.KeyOf(Name),
            $"r:{DigestOf(Pushed.Image)}:{DigestOf([1])}")
        { ["MediaType"] = MediaType.OciManifest, ["Size"] = 1L }),
        (FindingKind.ReferrerOrphaned, $"r:{DigestOf(Pushed.Image)}:{DigestOf([1])}"));

    [Theory]
    [InlineData("MediaType")]
    [InlineData("Size")]
    [InlineData("Subject")]
    [InlineData("ArtifactType")]
    [InlineData("References0")]
    [InlineData("Pushed")]
    public Task Manifest_that_has_lost_a_column(string column) => RepairAsync(
        () => Registry.ChangeAsync(Name, Manifest(Pushed.Signature), row => row.Remove(column)),
            (FindingKind.ManifestColumns, Manifest(Pushed.Signature)));

    /// <summary>Retention and the web UI use it: repaired content must not look as if it had just been pushed.</summary>
    [Fact]
    public async Task Repair_of_a_manifest_keeps_its_time_of_push()
    {
        await SetPushedAsync(Manifest(Pushed.Signature));
        await RepairAsync(() => Registry.ChangeAsync(Name, Manifest(Pushed.Signature), row => row.Remove("Size")),
            (FindingKind.ManifestColumns, Manifest(Pushed.Signature)));
        Assert.Equal(s_pushed, await GetPushedAsync(Manifest(Pushed.Signature)));
    }

    [Fact]
    public async Task Repair_of_a_tag_takes_the_time_of_push_of_its_manifest()
    {
        await SetPushedAsync(Manifest(Pushed.Image));
        await RepairAsync(() => Registry.DeleteAsync(Name, "t:v1"), (FindingKind.TagMissing, $"d:{DigestOf(Pushed.Image)}:v1"));
        Assert.Equal(s_pushed, await GetPushedAsync("t:v1"));
    }

    [Fact]
    public async Task Rebuilt_manifest_takes_the_time_of_push_of_its_tag()
    {
        await SetPushedAsync("t:large");
        await RepairAsync(() => Registry.DeleteAsync(Name, Manifest(Pushed.Large)), (FindingKind.TagDangling, "t:large"));
        Assert.Equal(s_pushed, await GetPushedAsync(Manifest(Pushed.Large)));
    }

    [Fact]
    public Task Manifest_that_holds_what_it_does_not_name() => RepairAsync(
        () => Registry.ChangeAsync(Name, Manifest(Pushed.Image),
            row => row["References0"] = (byte[])[.. (byte[])row["References0"], 0, .. DigestAlgorithm.Sha256.Of([5]).ToBytes()]),
        (FindingKind.ManifestColumns, Manifest(Pushed.Image)));

    [Fact]
    public Task Large_manifest_whose_row_names_no_object() => RepairAsync(
        () => Registry.ChangeAsync(Name, Manifest(Pushed.Large), row => row["Object"] = "nowhere"),
            (FindingKind.ManifestBody, Manifest(Pushed.Large)));

    [Fact]
    public Task Large_manifest_that_is_lost_is_written_anew_from_the_container() => RepairAsync(
        () => Registry.DeleteAsync(Name, Manifest(Pushed.Large)), (FindingKind.TagDangling, "t:large"));

    [Fact]
    public Task Large_index_and_its_child_are_written_anew_from_the_container() => RepairAsync(
        async () =>
        {
            await Registry.DeleteAsync(Name, Manifest(Pushed.LargeIndex));
            await Registry.DeleteAsync(Name, Manifest(Pushed.LargeChild));
        },
        (FindingKind.TagDangling, "t:largeindex"), (FindingKind.ReferrerOrphaned, Referrer(Pushed.LargeChild)));

    [Fact]
    public async Task Lost_child_is_a_warning_and_is_rebuilt_from_the_container()
    {
        await Registry.DeleteAsync(Name, Referrer(Pushed.LargeChild));
        await RepairAsync(() => Registry.DeleteAsync(Name, Manifest(Pushed.LargeChild)),
            (FindingKind.ChildMissing, Manifest(Pushed.LargeChild)));
    }

    [Fact]
    public Task Repository_that_is_in_no_catalog() => RepairAsync(
        () => Registry.Catalog.DeleteEntityAsync("names", HealthyRegistry.KeyOf(Name)),
            (FindingKind.CatalogMissing, HealthyRegistry.KeyOf(Name)));

    [Fact]
    public async Task Manifest_with_lost_bytes_is_reported_and_can_be_pushed_again()
    {
        await Registry.ChangeAsync(Name, Manifest(Pushed.Image), row => row["Body0"] = "{}"u8.ToArray());
        await AssertFoundAsync(digests: false, (FindingKind.ManifestBody, Manifest(Pushed.Image)));
        var (report, findings) = await Registry.CheckAsync(repair: true);
        Assert.Equal((1, FindingState.Left), (report.Left, Assert.Single(findings).State));
        Assert.Equal($"push {DigestOf(Pushed.Image)} again", findings[0].Advice);
        using var put = await Registry.Client.PutManifestAsync(Name, DigestOf(Pushed.Image), Pushed.Image);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await Registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    Task SetPushedAsync(string row) => Registry.ChangeAsync(Name, row, entity => entity["Pushed"] = s_pushed);

    async Task<DateTimeOffset?> GetPushedAsync(string row) => (await Registry.ReadAsync(Name, row)).GetDateTimeOffset("Pushed");
}
