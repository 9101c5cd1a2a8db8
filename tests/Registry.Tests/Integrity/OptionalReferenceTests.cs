using System.Net;
using System.Text;
using Registry.Integrity;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>Check and repair of manifests whose content may be missing, since the registry does not know their media type.</summary>
public sealed class OptionalReferenceTests(HealthyRegistry registry) : IntegrityTest(registry)
{
    const string Type = "application/vnd.example.v1+json";

    readonly string _loose = TestRegistry.NewName();
    readonly byte[] _blob = RandomBytes(100);

    [Fact]
    public async Task Blob_that_came_after_its_manifest_and_was_lost_is_a_warning_and_linked_again()
    {
        await PushAsync(DigestOf(_blob));
        await Registry.AssertSoundAsync();
        await Registry.Client.PushBlobAsync(_loose, _blob);
        await RepairAsync(() => Registry.DeleteAsync(_loose, Link(_blob)), (FindingKind.LinkMissing, Link(_blob)));
        Assert.Equal(_blob, await Registry.Client.GetByteArrayAsync($"/v2/{_loose}/blobs/{DigestOf(_blob)}"));
    }

    [Fact]
    public async Task Lost_manifest_is_rebuilt_although_some_of_its_content_never_came()
    {
        await Registry.Client.PushBlobAsync(_loose, _blob);
        var manifest = await PushAsync(DigestOf(_blob), DigestOf(RandomBytes(10)), new string(' ', 300_000));
        await RepairAsync(() => Registry.DeleteAsync(_loose, Manifest(manifest)), (FindingKind.TagDangling, "t:loose"));
        Assert.Equal(manifest, await Registry.Client.GetByteArrayAsync($"/v2/{_loose}/manifests/loose"));
        using var delete = await Registry.Client.DeleteAsync($"/v2/{_loose}/blobs/{DigestOf(_blob)}");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, delete.StatusCode);
    }

    /// <summary>As a push does: a collector that reads neither the old row nor the new one does not delete it.</summary>
    [Fact]
    public async Task Repair_touches_content_that_came_after_the_manifest()
    {
        var manifest = await PushAsync(DigestOf(_blob));
        await Registry.Client.PushBlobAsync(_loose, _blob);
        var before = (await Registry.ReadAsync(_loose, Link(_blob))).ETag;
        await RepairAsync(
            () => Registry.ChangeAsync(_loose, Manifest(manifest), row => row.Remove("Size")),
            (FindingKind.ManifestColumns, Manifest(manifest)));
        Assert.NotEqual(before, (await Registry.ReadAsync(_loose, Link(_blob))).ETag);
    }

    async Task<byte[]> PushAsync(params string[] parts)
    {
        var manifest = Encoding.UTF8.GetBytes($$"""{"parts":["{{string.Join("\",\"", parts)}}"]}""");
        using var put = await Registry.Client.PutManifestAsync(_loose, "loose", manifest, Type);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        return manifest;
    }
}
