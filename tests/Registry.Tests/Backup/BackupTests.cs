using System.Net;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Backup;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Integrity;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Backup;

/// <summary>What a backup contains, and what the next one adds to it.</summary>
public sealed class BackupTests : BackupTest
{
    [Fact]
    public async Task Backup_is_a_consistent_registry_that_serves_everything()
    {
        PushedRepository[] pushed = [await PushedRepository.PushAsync(Source.Client, many: true),
            await PushedRepository.PushAsync(Source.Client)];
        var name = pushed[0].Name;
        // Content of several blocks, content uploaded in chunks, and another algorithm.
        var large = RandomBytes(9_000_000);
        await Source.Client.PushBlobAsync(name, large);
        var location = await Source.Client.BeginUploadAsync(name, "?digest-algorithm=sha512");
        using var patched = await Source.Client.PatchAsync(location, Body(large[..100]));
        using var closed = await Source.Client.PutAsync(Closing(patched.Headers.Location!.ToString(), Sha512Of(large[..100])), null);
        Assert.Equal(HttpStatusCode.Created, closed.StatusCode);
        // An upload in progress, and a deleted tag.
        await Source.Client.AppendAsync(await Source.Client.BeginUploadAsync(name), large[..10]);
        using var deleted = await Source.Client.DeleteAsync($"/v2/{name}/manifests/v2");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await Source.Registry.Get<PullRecords>().WriteAsync(CancellationToken.None);

        var report = await BackUpAsync();
        Assert.Equal((2, 15, 10, 0), (report.Repositories, report.Manifests, report.Tags, report.Problems));
        // The empty config is referenced by both.
        Assert.True(report.Linked >= 1);
        await Target.AssertSoundAsync();
        await using var served = await Target.StartAsync();
        await pushed[1].AssertServedAsync(served.Client);
        Assert.Equal(large, await served.Client.GetByteArrayAsync($"/v2/{name}/blobs/{DigestOf(large)}"));
        Assert.Equal(large[..100], await served.Client.GetByteArrayAsync($"/v2/{name}/blobs/{Sha512Of(large[..100])}"));
        // All rows are equal, but for names of objects and what belongs to one registry alone.
        Assert.Equal(await ListAsync(Source), await ListAsync(Target));
        await foreach (var row in Target.Repositories.QueryAsync<TableEntity>()) Assert.False(row.RowKey[..2] is "u:" or "p:", row.RowKey);
        // Deleted tags can be restored there as well.
        await served.Get<DeletedStore>().RestoreAsync(RepositoryName.Parse(name),
            Reference.To(Tag.TryParse("v2", out var tag) ? tag : throw new InvalidOperationException()), CancellationToken.None);
        await pushed[0].AssertServedAsync(served.Client);
    }

    [Fact]
    public async Task Second_backup_copies_only_new_content()
    {
        var pushed = await PushedRepository.PushAsync(Source.Client);
        await BackUpAsync();
        using var writes = new TransactionCounter(Target.Registry);
        using var reads = new TransactionCounter(Source.Registry);
        var none = await BackUpAsync();
        Assert.Equal((0, 0, 0, 0, 0, 0), (none.Manifests, none.Tags, none.Blobs, none.Linked, none.Deleted, none.Problems));
        Assert.All(writes.All, sent => Assert.Equal(("table", "GET"), (sent.Service, sent.Method)));
        Assert.All(reads.All, sent => Assert.Equal(("table", "GET"), (sent.Service, sent.Method)));
        // The marker, the catalog, and one or two pages for each kind of row.
        Assert.True(writes.All.Sum(sent => sent.Count) <= 12, string.Join(", ", writes.All));

        writes.Clear();
        reads.Clear();
        var layer = RandomBytes(5000);
        var image = await PushImageAsync(pushed.Name, "v3", pushed.Layer, layer);
        reads.Clear();
        var one = await BackUpAsync();
        Assert.Equal((1, 1, 1, 5000, 0), (one.Manifests, one.Tags, one.Blobs, one.Bytes, one.Linked));
        Assert.Equal((1, 1), (reads["blob", "GET"], writes["blob", "PUT"]));
        await using var served = await Target.StartAsync();
        Assert.Equal(image, await served.Client.GetByteArrayAsync($"/v2/{pushed.Name}/manifests/v3"));
        await Target.AssertSoundAsync();
    }

    [Fact]
    public async Task Deletions_and_moved_tags_are_in_the_next_backup_and_can_be_restored_there()
    {
        var pushed = await PushedRepository.PushAsync(Source.Client);
        var gone = await PushedRepository.PushAsync(Source.Client);
        await BackUpAsync();

        await ExpectAsync(Source.Client.PutManifestAsync(pushed.Name, "v1", pushed.Child), HttpStatusCode.Created);
        await ExpectAsync(Source.Client.DeleteAsync($"/v2/{pushed.Name}/manifests/large"), HttpStatusCode.Accepted);
        await ExpectAsync(Source.Client.DeleteAsync($"/v2/{pushed.Name}/manifests/{DigestOf(pushed.Signature)}"), HttpStatusCode.Accepted);
        // A repository that is now empty.
        await foreach (var row in Source.Repositories.QueryAsync<TableEntity>(row => row.PartitionKey == HealthyRegistry.KeyOf(gone.Name)))
            await Source.Repositories.DeleteEntityAsync(row);
        var report = await BackUpAsync();
        // One tag and one manifest; five tags and seven manifests.
        Assert.Equal((1, 14, 0), (report.Tags, report.Deleted, report.Problems));
        Assert.Equal(await ListAsync(Source), (await ListAsync(Target)).Where(row => !row.Contains(gone.Name, StringComparison.Ordinal)));
        await using var served = await Target.StartAsync();
        Assert.Equal(pushed.Child, await served.Client.GetByteArrayAsync($"/v2/{pushed.Name}/manifests/v1"));
        await ExpectAsync(served.Client.GetAsync($"/v2/{gone.Name}/manifests/v1"), HttpStatusCode.NotFound);
        await Target.AssertSoundAsync();

        var restored = await served.Get<DeletedStore>().RestoreAsync(RepositoryName.Parse(gone.Name),
            Reference.To(Digest.Parse(DigestOf(gone.Image))), CancellationToken.None);
        Assert.Equal(RestoreStatus.Restored, restored.Status);
        Assert.Equal(gone.Image, await served.Client.GetByteArrayAsync($"/v2/{gone.Name}/manifests/{DigestOf(gone.Image)}"));
    }

    [Fact]
    public async Task Corrupt_bytes_in_the_source_are_reported_and_not_copied_nor_what_references_them()
    {
        var name = TestRegistry.NewName();
        var before = await PushImageAsync(name, "v1", RandomBytes(10));
        await BackUpAsync();
        var layer = RandomBytes(10);
        await PushImageAsync(name, "v1", layer);
        await Source.Blobs.GetBlobClient(await Source.ObjectOfAsync(DigestOf(layer)))
            .UploadAsync(new BinaryData(RandomBytes(10)), new BlobUploadOptions());

        var problems = new List<CopyProblem>();
        var report = await BackUpAsync(problems);
        Assert.Contains(problems, problem => problem.Reference == DigestOf(layer)
            && problem.Message.Contains("other bytes", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Reference == "v1");
        Assert.Equal(problems.Count, report.Problems);
        await Target.AssertSoundAsync();
        await using var served = await Target.StartAsync();
        Assert.Equal(before, await served.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
    }

    [Fact]
    public async Task Unreadable_rows_are_reported_and_the_rest_is_copied()
    {
        var name = TestRegistry.NewName();
        var image = await PushImageAsync(name, "v1", RandomBytes(10));
        var other = await PushImageAsync(name, "v2", RandomBytes(10));
        await Source.Repositories.AddEntityAsync(new TableEntity(HealthyRegistry.KeyOf(name), "m:nothing"));
        await Source.Repositories.AddEntityAsync(new TableEntity("Nobody", "m:nothing"));
        await Source.ChangeAsync(name, "t:v2", row => row["Digest"] = "nothing");
        await Source.ChangeAsync(name, $"m:{DigestOf(other)}", row => row["References0"] = (byte[])[9, 9]);
        var problems = new List<CopyProblem>();
        await BackUpAsync(problems);
        Assert.Equal(new[] { "nothing", DigestOf(other), "v2" }.Order(StringComparer.Ordinal),
            problems.Select(problem => problem.Reference).Order(StringComparer.Ordinal));
        await Target.AssertSoundAsync();
        Assert.Equal(image, await Target.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
    }
}
