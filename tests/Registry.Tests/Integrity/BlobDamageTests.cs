using Registry.Integrity;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>Damage of links, owners, content rows and objects.</summary>
public sealed class BlobDamageTests(HealthyRegistry registry) : IntegrityTest(registry)
{
    [Fact]
    public Task Link_that_is_missing_although_its_object_is_there() => RepairAsync(
        () => Registry.DeleteAsync(Name, Link(Pushed.Layer)), (FindingKind.LinkMissing, Link(Pushed.Layer)));

    [Fact]
    public Task Link_content_and_owner_that_are_missing_although_the_object_is_there() => RepairAsync(
        async () =>
        {
            await Registry.DeleteAsync(Name, Link(Pushed.Layer));
            await Registry.Digests.DeleteEntityAsync(DigestOf(Pushed.Layer), "");
            await Registry.Digests.DeleteEntityAsync(DigestOf(Pushed.Layer), HealthyRegistry.KeyOf(Name));
        },
        (FindingKind.LinkMissing, Link(Pushed.Layer)));

    [Fact]
    public Task Link_that_names_another_object() => RepairAsync(
        () => Registry.ChangeAsync(Name, Link(Pushed.Layer), row => row["Object"] = "nowhere"),
            (FindingKind.LinkObject, Link(Pushed.Layer)));

    [Fact]
    public Task Link_that_names_no_object() => RepairAsync(
        () => Registry.ChangeAsync(Name, Link(Pushed.Layer), row => row.Remove("Object")), (FindingKind.LinkObject, Link(Pushed.Layer)));

    /// <summary>A collector has marked the link: a repair neither prolongs the grace period nor ends it.</summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Repaired_link_is_marked_for_deletion_as_before(bool marked)
    {
        await Registry.ChangeAsync(Name, Link(Pushed.Layer), row => (row["Object"], row["MarkedForDeletion"]) = ("nowhere", marked));
        Assert.True((await Registry.CheckAsync(repair: true)).Report.IsSound);
        var link = await Registry.ReadAsync(Name, Link(Pushed.Layer));
        Assert.NotEqual("nowhere", link.GetString("Object"));
        Assert.Equal(marked, link.GetBoolean("MarkedForDeletion"));
        await AssertServedAsync();
    }

    [Fact]
    public Task Owner_that_is_missing() => RepairAsync(
        () => Registry.Digests.DeleteEntityAsync(DigestOf(Pushed.Layer), HealthyRegistry.KeyOf(Name)),
            (FindingKind.OwnerMissing, Link(Pushed.Layer)));

    [Fact]
    public Task Content_that_is_missing() => RepairAsync(
        () => Registry.Digests.DeleteEntityAsync(DigestOf(Pushed.Layer), ""), (FindingKind.ContentMissing, Link(Pushed.Layer)));

    [Fact]
    public async Task Content_row_without_object_is_repaired_from_another_object()
    {
        var there = await Registry.ObjectOfAsync(DigestOf(Pushed.Layer));
        await RepairAsync(
            () => Registry.ChangeContentAsync(DigestOf(Pushed.Layer), row => row["Object"] = "nowhere"),
            [(FindingKind.ObjectMissing, $"{there[..there.LastIndexOf('/')]}/nowhere"), (FindingKind.ContentMissing, Link(Pushed.Layer))]);
    }

    [Fact]
    public async Task Content_row_with_a_wrong_length()
    {
        var there = await Registry.ObjectOfAsync(DigestOf(Pushed.Layer));
        await RepairAsync(
            async () =>
            {
                await Registry.ChangeContentAsync(DigestOf(Pushed.Layer), row => row["Size"] = 7L);
                await Registry.ChangeAsync(Name, Link(Pushed.Layer), row => row["Size"] = 7L);
            },
            [(FindingKind.ObjectLength, there),
                .. new[] { Pushed.Image, Pushed.Large, Pushed.LargeChild }.Select(image => (FindingKind.DescriptorSize, Manifest(image)))]);
    }

    [Fact]
    public async Task Lost_object_can_be_pushed_again_after_the_repair()
    {
        var lost = await Registry.ObjectOfAsync(DigestOf(Pushed.Layer));
        await Registry.Blobs.DeleteBlobAsync(lost);
        await AssertFoundAsync(digests: false, (FindingKind.ObjectMissing, lost));
        await PushAgainAsync(Pushed.Layer, digests: false, (FindingKind.ObjectMissing, lost));
    }

    [Fact]
    public async Task Corrupt_object_is_found_when_bytes_are_read_and_can_be_pushed_again_after_the_repair()
    {
        var corrupt = await Registry.ObjectOfAsync(DigestOf(Pushed.Layer));
        await OverwriteAsync(corrupt, RandomBytes(Pushed.Layer.Length));
        // Only reading the bytes finds it.
        Assert.True((await Registry.CheckAsync()).Report.IsSound);
        await AssertFoundAsync(digests: true, (FindingKind.ObjectCorrupt, corrupt));
        await PushAgainAsync(Pushed.Layer, digests: true, (FindingKind.ObjectCorrupt, corrupt));
    }

    [Fact]
    public async Task Corrupt_object_is_replaced_by_an_intact_one()
    {
        // Pushed twice at once, or left by an aborted upload.
        var corrupt = await Registry.ObjectOfAsync(DigestOf(Pushed.Layer));
        await Registry.Blobs.UploadBlobAsync($"{corrupt[..corrupt.LastIndexOf('/')]}/another", new BinaryData(Pushed.Layer));
        await OverwriteAsync(corrupt, RandomBytes(Pushed.Layer.Length));
        await AssertFoundAsync(digests: true, (FindingKind.ObjectCorrupt, corrupt));
        var (report, findings) = await Registry.CheckAsync(digests: true, repair: true);
        Assert.True(report.IsSound, string.Join('\n', findings));
        Assert.Equal([FindingKind.ObjectCorrupt, FindingKind.LinkObject], findings.Select(finding => finding.Kind));
        // Unreferenced objects are the collector's task, whatever their bytes.
        await Registry.AssertSoundAsync();
        await AssertServedAsync();
        await Registry.Blobs.DeleteBlobAsync(corrupt);
    }

    [Fact]
    public async Task Lost_object_that_reappears_is_linked_again()
    {
        var lost = await Registry.ObjectOfAsync(DigestOf(Pushed.Layer));
        await Registry.Blobs.DeleteBlobAsync(lost);
        await Registry.CheckAsync(repair: true);
        await Registry.Blobs.UploadBlobAsync(lost, new BinaryData(Pushed.Layer));
        await AssertFoundAsync(digests: true, (FindingKind.LinkMissing, Link(Pushed.Layer)));
        Assert.True((await Registry.CheckAsync(repair: true)).Report.IsSound);
        await Registry.AssertSoundAsync();
        await AssertServedAsync();
    }
}
