using System.Net;
using Registry.Integrity;
using Xunit;

namespace Registry.Tests.Integrity;

/// <summary>The same for a manifest with more layers than fit into one transaction.</summary>
public sealed class ManyLayersTests(HealthyRegistry registry) : IntegrityTest(registry, many: true)
{
    [Fact]
    public Task Manifest_of_many_layers_that_has_lost_its_references() => RepairAsync(
        () => Registry.ChangeAsync(Name, Manifest(Pushed.Many), row => row.Remove("References0")),
            (FindingKind.ManifestColumns, Manifest(Pushed.Many)));

    [Fact]
    public async Task Tag_of_a_lost_manifest_is_reported_and_can_be_pushed_again()
    {
        await Registry.DeleteAsync(Name, Manifest(Pushed.Many));
        await AssertFoundAsync(digests: false, (FindingKind.TagDangling, "t:many"));
        var (report, findings) = await Registry.CheckAsync(repair: true);
        Assert.Equal((1, FindingState.Left), (report.Left, Assert.Single(findings).State));
        using var put = await Registry.Client.PutManifestAsync(Name, "many", Pushed.Many);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        await Registry.AssertSoundAsync();
        await AssertServedAsync();
    }
}
