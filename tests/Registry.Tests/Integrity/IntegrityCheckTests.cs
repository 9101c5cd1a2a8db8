using System.Net;
using Azure.Data.Tables;
using Registry.Integrity;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Integrity;

/// <summary>What is no damage, what cannot be repaired, and what is not checked.</summary>
public sealed class IntegrityCheckTests(HealthyRegistry registry) : IntegrityTest(registry)
{
    [Fact]
    public async Task Healthy_registry_has_no_findings_and_is_counted()
    {
        var (report, findings) = await Registry.CheckAsync(repositories: Name);
        Assert.Empty(findings);
        // Image, child, index, signature, and three large ones.
        Assert.Equal((1, 7, 5, 2), (report.Repositories, report.Manifests, report.Tags, report.Referrers));
        await Registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    /// <summary>A repair would undo the delete, even where an object has the bytes of the child.</summary>
    [Fact]
    public async Task Deleted_child_is_a_warning_and_stays_deleted()
    {
        byte[][] children = [Pushed.Child, Pushed.LargeChild];
        foreach (var child in children)
        {
            using var deleted = await Registry.Client.DeleteAsync($"/v2/{Name}/manifests/{DigestOf(child)}");
            Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        }
        var (report, findings) = await Registry.CheckAsync(repair: true);
        Assert.True(report.IsSound);
        Assert.Equal(children.Select(Manifest).Order(StringComparer.Ordinal),
            findings.Select(finding => finding.Row).Order(StringComparer.Ordinal));
        Assert.All(findings, finding => Assert.Equal((FindingKind.ChildMissing, "restore it, if you need it", null),
            (finding.Kind, finding.Advice, finding.Repair)));
        foreach (var child in children)
        {
            var path = $"/v2/{Name}/manifests/{DigestOf(child)}";
            Assert.Equal(HttpStatusCode.NotFound, (await Registry.Client.GetAsync(path)).StatusCode);
            using var put = await Registry.Client.PutManifestAsync(Name, DigestOf(child), child);
        }
        await Registry.AssertSoundAsync();
        await AssertServedAsync();
    }

    [Fact]
    public async Task Tombstone_whose_references_cannot_be_read_is_reported_and_kept()
    {
        var row = new TableEntity(HealthyRegistry.KeyOf(Name), $"x:{DigestOf([1])}") { ["References0"] = "?"u8.ToArray() };
        await Registry.Repositories.AddEntityAsync(row);
        var (report, findings) = await Registry.CheckAsync(repair: true);
        var finding = Assert.Single(findings);
        Assert.Equal((FindingKind.RowUnreadable, row.RowKey, FindingState.Left), (finding.Kind, finding.Row, finding.State));
        Assert.False(report.IsSound);
        await Registry.DeleteAsync(Name, row.RowKey);
        Registry.Return(Pushed);
    }

    /// <summary>As a push leaves them that dies before it links. The collector deletes them, so they are no findings.</summary>
    [Fact]
    public async Task Owners_without_a_link_are_counted_and_not_reported()
    {
        var owner = new TableEntity(DigestOf(Pushed.Layer), "team:other");
        Assert.Equal(0, (await Registry.CheckAsync()).Report.OwnersWithoutLink);
        await Registry.Digests.AddEntityAsync(owner);
        var (report, findings) = await Registry.CheckAsync();
        Assert.Empty(findings);
        Assert.Equal(1, report.OwnersWithoutLink);
        await Registry.Digests.DeleteEntityAsync(owner.PartitionKey, owner.RowKey);
        Registry.Return(Pushed);
    }

    [Fact]
    public async Task Foreign_rows_and_objects_are_reported()
    {
        await Registry.Repositories.AddEntityAsync(new TableEntity(HealthyRegistry.KeyOf(Name), "m:nothing"));
        await Registry.Repositories.AddEntityAsync(new TableEntity("Nobody", "m:nothing"));
        await Registry.Blobs.UploadBlobAsync("readme.txt", new BinaryData("hi"));
        var (_, findings) = await Registry.CheckAsync();
        Assert.Equal(["blobs/readme.txt", "m:nothing", "repositories/Nobody"],
            findings.Select(finding => finding.Row).Order(StringComparer.Ordinal));
        Assert.All(findings, finding => Assert.Equal((FindingKind.RowUnreadable, null), (finding.Kind, finding.Repair)));
        await Registry.DeleteAsync(Name, "m:nothing");
        await Registry.Repositories.DeleteEntityAsync("Nobody", "m:nothing");
        await Registry.Blobs.DeleteBlobAsync("readme.txt");
        Registry.Return(Pushed);
    }

    [Fact]
    public async Task Objects_of_aborted_uploads_are_counted_and_not_reported()
    {
        var before = (await Registry.CheckAsync()).Report;
        await Registry.Blobs.UploadBlobAsync($"sha256/{DigestOf([9])[7..]}/left", new BinaryData("left"));
        var (report, findings) = await Registry.CheckAsync(digests: true);
        Assert.Empty(findings);
        Assert.Equal((before.UnnamedObjects + 1, before.UnnamedBytes + 4), (report.UnnamedObjects, report.UnnamedBytes));
        await Registry.Blobs.DeleteBlobAsync($"sha256/{DigestOf([9])[7..]}/left");
        Registry.Return(Pushed);
    }

    [Fact]
    public async Task Tombstone_whose_blobs_are_deleted_is_a_warning_and_is_kept()
    {
        var layer = RandomBytes(30);
        var manifest = await Registry.Client.PushImageAsync(Name, null, layer);
        foreach (var path in new[] { $"manifests/{DigestOf(manifest)}", $"blobs/{DigestOf(layer)}" })
        {
            using var deleted = await Registry.Client.DeleteAsync($"/v2/{Name}/{path}");
            Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        }
        var (report, findings) = await Registry.CheckAsync(repair: true);
        Assert.Equal((FindingKind.UndoIncomplete, $"x:{DigestOf(manifest)}", true),
            (Assert.Single(findings).Kind, findings[0].Row, report.IsSound));
        Assert.Equal(HttpStatusCode.NotFound, (await Registry.Client.GetAsync($"/v2/{Name}/blobs/{DigestOf(layer)}")).StatusCode);
        await Registry.DeleteAsync(Name, $"x:{DigestOf(manifest)}");
        await AssertServedAsync();
    }

    [Fact]
    public async Task Only_the_named_repositories_are_checked()
    {
        var other = await PushedRepository.PushAsync(Registry.Client);
        await Registry.DeleteAsync(Name, "t:v1");
        var lost = await Registry.ObjectOfAsync(DigestOf(other.Layer));
        await Registry.Blobs.DeleteBlobAsync(lost);
        Assert.Equal(FindingKind.TagMissing, Assert.Single((await Registry.CheckAsync(repositories: Name)).Findings).Kind);
        // The objects that it links are checked, too.
        Assert.Equal(lost, Assert.Single((await Registry.CheckAsync(repositories: other.Name)).Findings).Row);
        var (_, findings) = await Registry.CheckAsync(repair: true, repositories: other.Name);
        Assert.Equal([FindingKind.ObjectMissing, FindingKind.ObjectMissing, FindingKind.BlobMissing],
            findings.Select(finding => finding.Kind));
        Assert.Equal(FindingKind.BlobMissing, Assert.Single((await Registry.CheckAsync(repositories: other.Name)).Findings).Kind);
        Assert.Equal(FindingKind.TagMissing, Assert.Single((await Registry.CheckAsync(repositories: Name)).Findings).Kind);
    }
}
