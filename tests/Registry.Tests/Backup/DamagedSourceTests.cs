using Azure.Data.Tables;
using Registry.Backup;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Backup;

/// <summary>Lost or wrong content in the source, and existing content in the target.</summary>
public sealed class DamagedSourceTests : BackupTest
{
    readonly string _name = TestRegistry.NewName();

    [Fact]
    public async Task Corrupt_manifest_and_blob_without_object_are_reported_and_what_references_them_is_not_copied()
    {
        var image = await PushImageAsync(_name, "v1", RandomBytes(10));
        var wrong = await PushImageAsync(_name, "v2", RandomBytes(10));
        var layer = RandomBytes(10);
        var incomplete = await PushImageAsync(_name, "v3", layer);
        await Source.ChangeAsync(_name, $"m:{DigestOf(wrong)}", row => row["Body0"] = image);
        await Source.Blobs.DeleteBlobAsync(await Source.ObjectOfAsync(DigestOf(layer)));

        var problems = new List<CopyProblem>();
        var report = await BackUpAsync(problems);
        Assert.Equal(problems.Count, report.Problems);
        Assert.Contains(problems, problem => problem.Reference == DigestOf(wrong)
            && problem.Message.Contains("other bytes", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Reference == DigestOf(layer)
            && problem.Message.Contains("no longer has its bytes", StringComparison.Ordinal));
        foreach (var reference in new[] { DigestOf(incomplete), "v2", "v3" })
            Assert.Contains(problems, problem => problem.Reference == reference);
        await Target.AssertSoundAsync();
        Assert.Equal(["v1"], (await Target.Client.GetJsonAsync($"/v2/{_name}/tags/list"))["tags"]!.AsArray().Select(tag => (string?)tag));
    }

    [Fact]
    public async Task Restoration_with_problems_is_incomplete_and_can_be_resumed()
    {
        var image = await PushImageAsync(_name, "v1", RandomBytes(10));
        await BackUpAsync();
        await Source.ClearAsync();
        await Target.ChangeAsync(_name, $"m:{DigestOf(image)}", row => row["Body0"] = RandomBytes(10));
        Assert.NotEqual(0, (await Copy(Target, Source).RestoreAsync(CancellationToken.None)).Problems);

        await Target.ChangeAsync(_name, $"m:{DigestOf(image)}", row => row["Body0"] = image);
        Assert.Equal(0, (await Copy(Target, Source).RestoreAsync(CancellationToken.None)).Problems);
        Assert.Equal(image, await Source.Client.GetByteArrayAsync($"/v2/{_name}/manifests/v1"));
        await RefusedAsync("already", () => Copy(Target, Source).RestoreAsync(CancellationToken.None));
    }

    [Fact]
    public async Task Target_that_lost_its_repositories_does_not_count_as_empty()
    {
        await PushImageAsync(_name, "v1", RandomBytes(10));
        await Target.Digests.AddEntityAsync(new TableEntity(DigestOf([1]), ""));
        await RefusedAsync("not a backup of this one", () => BackUpAsync());
        await Target.ClearAsync();
        await Target.Catalog.AddEntityAsync(new TableEntity("names", "somebody:else"));
        await RefusedAsync("not a backup of this one", () => BackUpAsync());
        await Target.ClearAsync();
        Assert.Equal(1, (await BackUpAsync()).Manifests);
    }
}
