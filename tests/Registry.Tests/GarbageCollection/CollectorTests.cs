using System.Net;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Specialized;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>What a collector removes and keeps without concurrent pushes.</summary>
public sealed class CollectorTests(IsolatedStorage storage) : IClassFixture<IsolatedStorage>, IAsyncLifetime
{
    readonly string _name = TestRegistry.NewName();

    HttpClient Client => storage.Client;

    /// <summary>Each test begins with an empty storage.</summary>
    public async Task InitializeAsync()
    {
        foreach (var table in new[] { "repositories", "digests", "catalog" })
            await foreach (var row in storage.Table(table).QueryAsync<TableEntity>()) await storage.Table(table).DeleteEntityAsync(row);
        foreach (var container in new[] { "blobs", "uploads" })
        {
            await foreach (var item in storage.Container(container)
                .GetBlobsAsync(new() { States = Azure.Storage.Blobs.Models.BlobStates.Uncommitted }))
            {
                await ObjectWriter.DiscardAsync(storage.Container(container).GetBlockBlobClient(item.Name), CancellationToken.None);
            }
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task Unreferenced_blob_is_marked_and_then_removed_with_all_its_rows()
    {
        var content = RandomBytes(1000);
        await Client.PushBlobAsync(_name, content);
        var first = await storage.CollectAsync();
        Assert.Equal((1, 1000), (first.Count(CollectedKind.Link, Outcome.MarkedForDeletion), first.MarkedForDeletionBytes));
        Assert.Equal(content, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(content)}"));

        var second = await storage.CollectAsync();
        Assert.Equal(1, second.Count(CollectedKind.Link, Outcome.Removed));
        Assert.Equal(1, second.Count(CollectedKind.Owner, Outcome.Removed));
        Assert.Equal(1, second.Count(CollectedKind.Content, Outcome.Removed));
        Assert.Equal((1, 1000), (second.Count(CollectedKind.BlobObject, Outcome.Removed), second.FreedBytes));
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{_name}/blobs/{DigestOf(content)}")).StatusCode);
        Assert.Empty(await storage.ListAsync());
    }

    [Fact]
    public async Task Nothing_is_removed_within_the_grace_period()
    {
        await Client.PushBlobAsync(_name, RandomBytes(1000));
        var session = await Client.BeginUploadAsync(_name);
        session = await Client.AppendAsync(session, RandomBytes(10));
        var before = (await storage.ListAsync()).Keys;
        for (var i = 0; i < 3; i++)
        {
            var report = await storage.Registry.Get<Collector>().RunAsync(explain: null, timeLimit: null, CancellationToken.None);
            Assert.True(report.Complete);
            Assert.DoesNotContain(report.Lines, line => line.Outcome == Outcome.Removed);
        }
        Assert.Equal(before, (await storage.ListAsync()).Keys);
        (await Client.PatchAsync(session, Body(RandomBytes(10)))).EnsureSuccessStatusCode();
    }

    [Fact]
    public async Task Referenced_content_is_kept()
    {
        var image = await Client.PushImageAsync(_name, "tagged", RandomBytes(10), RandomBytes(20));
        await Client.PushImageAsync(_name, null, RandomBytes(30));
        var child = await Client.PushImageAsync(_name, null, RandomBytes(40));
        (await Client.PutManifestAsync(_name, "index", Index(child).ToBytes(), MediaType.OciIndex)).EnsureSuccessStatusCode();
        var referrer = Image();
        referrer["subject"] = Descriptor(image, MediaType.OciManifest);
        (await Client.PutManifestAsync(_name, DigestOf(referrer.ToBytes()), referrer.ToBytes())).EnsureSuccessStatusCode();
        // Its body is an object in the container.
        var large = Image(RandomBytes(50));
        await Client.PushBlobAsync(_name, RandomBytes(50));
        large["layers"]![0]!["digest"] = DigestOf("{}"u8.ToArray());
        large["layers"]![0]!["size"] = 2;
        large["annotations"] = new System.Text.Json.Nodes.JsonObject { ["long"] = new string('x', 300_000) };
        (await Client.PutManifestAsync(_name, "large", large.ToBytes())).EnsureSuccessStatusCode();
        var sha512 = RandomBytes(60);
        (await Client.PutAsync(Closing(await Client.BeginUploadAsync(_name), Sha512Of(sha512)), Body(sha512)))
            .EnsureSuccessStatusCode();
        var withSha512 = Image();
        withSha512["layers"] = new System.Text.Json.Nodes.JsonArray(new System.Text.Json.Nodes.JsonObject
        {
            ["mediaType"] = "application/vnd.oci.image.layer.v1.tar",
            ["digest"] = Sha512Of(sha512),
            ["size"] = sha512.Length,
        });
        (await Client.PutManifestAsync(_name, "sha512", withSha512.ToBytes())).EnsureSuccessStatusCode();

        var reports = await storage.CollectAllAsync();
        // The unreferenced blob of 50 bytes, and two objects of the empty config, which was pushed three times.
        Assert.Equal(50 + (2 * 2), reports.Sum(report => report.FreedBytes));
        var left = await storage.ListAsync();
        Assert.DoesNotContain(left.Keys, key => key.Contains(" u:", StringComparison.Ordinal));
        Assert.Equal(7, left.Keys.Count(key => key.StartsWith("blobs ", StringComparison.Ordinal)));
        Assert.Equal(large.ToBytes(), await Client.GetByteArrayAsync($"/v2/{_name}/manifests/large"));
        Assert.Equal(sha512, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{Sha512Of(sha512)}"));
        Assert.Single((await Client.GetJsonAsync($"/v2/{_name}/referrers/{DigestOf(image)}"))["manifests"]!.AsArray());
    }

    [Fact]
    public async Task Content_of_a_deleted_manifest_is_kept_while_it_can_be_restored()
    {
        var layer = RandomBytes(1000);
        var manifest = await Client.PushImageAsync(_name, "v1", layer);
        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(manifest)}")).EnsureSuccessStatusCode();
        await using var patient = await storage.StartAsync(TimeSpan.FromTicks(1), TimeSpan.FromHours(1));
        for (var i = 0; i < 3; i++)
        {
            var report = await storage.CollectAsync(patient);
            Assert.Equal(2, report.Count(CollectedKind.Deleted, Outcome.Kept));
            Assert.Equal(0, report.FreedBytes);
        }
        await storage.CollectAllAsync();
        Assert.Empty(await storage.ListAsync());
    }

    [Fact]
    public async Task Marked_blob_that_is_referenced_again_is_unmarked()
    {
        var (pushed, asked, left) = (RandomBytes(10), RandomBytes(20), RandomBytes(30));
        foreach (var content in new[] { "{}"u8.ToArray(), pushed, asked, left }) await Client.PushBlobAsync(_name, content);
        Assert.Equal(4, (await storage.CollectAsync()).Count(CollectedKind.Link, Outcome.MarkedForDeletion));
        (await Client.PutManifestAsync(_name, "v1", Image(pushed).ToBytes())).EnsureSuccessStatusCode();
        (await Client.SendAsync(new(HttpMethod.Head, $"/v2/{_name}/blobs/{DigestOf(asked)}"))).EnsureSuccessStatusCode();
        var report = await storage.CollectAsync();
        Assert.Equal((1, 1, 2), (report.Count(CollectedKind.Link, Outcome.Removed),
            report.Count(CollectedKind.Link, Outcome.MarkedForDeletion), report.Count(CollectedKind.Link, Outcome.Kept)));
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{_name}/blobs/{DigestOf(left)}")).StatusCode);
        Assert.Equal(asked, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(asked)}"));
    }

    [Fact]
    public async Task Link_that_was_marked_during_a_push_is_unmarked()
    {
        var layer = RandomBytes(10);
        await Client.PushImageAsync(_name, "v1", layer);
        await storage.Table("repositories").UpdateEntityAsync(new TableEntity(_name.Replace('/', ':'), $"b:{DigestOf(layer)}")
        {
            ["MarkedForDeletion"] = true,
        }, Azure.ETag.All);
        var report = await storage.CollectAsync();
        Assert.Contains(report.Lines, line => line.Reason == Reason.Unmarked.Text && line.Count == 1);
        Assert.False((await storage.Table("repositories").GetEntityAsync<TableEntity>(_name.Replace('/', ':'), $"b:{DigestOf(layer)}"))
            .Value.GetBoolean("MarkedForDeletion"));
    }

    [Fact]
    public async Task Content_that_another_repository_links_is_kept()
    {
        var content = RandomBytes(1000);
        await Client.PushImageAsync(_name, "v1", content);
        var other = TestRegistry.NewName();
        (await Client.PostAsync($"/v2/{other}/blobs/uploads/?mount={DigestOf(content)}&from={_name}", null)).EnsureSuccessStatusCode();
        await storage.CollectAllAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await Client.GetAsync($"/v2/{other}/blobs/{DigestOf(content)}")).StatusCode);
        Assert.Equal(content, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(content)}"));
        Assert.Equal(2, (await storage.ListAsync())
            .Keys.Count(key => key.StartsWith($"digests {DigestOf(content)}", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Abandoned_sessions_are_removed_with_their_staged_objects()
    {
        var chunks = await Client.BeginUploadAsync(_name);
        chunks = await Client.AppendAsync(chunks, RandomBytes(5_000_000));
        await Client.BeginUploadAsync(_name);
        var finished = RandomBytes(10);
        await Client.PushBlobAsync(_name, finished);
        // A cancelled session to which a client still uploads, and one that was never begun.
        var cancelled = await Client.BeginUploadAsync(_name);
        (await Client.DeleteAsync(cancelled)).EnsureSuccessStatusCode();
        foreach (var id in new[] { SessionOf(cancelled), Guid.NewGuid().ToString() })
        {
            await storage.Container("uploads").GetBlockBlobClient(id)
                .StageBlockAsync(Convert.ToBase64String(new byte[12]), new MemoryStream(RandomBytes(100)));
        }
        var report = await storage.CollectAsync();
        Assert.Equal(3, report.Count(CollectedKind.Session, Outcome.Removed));
        Assert.Equal(2, report.Count(CollectedKind.StagedObject, Outcome.Removed));
        Assert.DoesNotContain((await storage.ListAsync()).Keys,
            key => key.StartsWith("uploads ", StringComparison.Ordinal) || key.Contains(" u:", StringComparison.Ordinal));
        await (await Client.PatchAsync(chunks, Body(RandomBytes(10)))).AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
    }

    [Fact]
    public async Task Marked_session_accepts_no_more_chunks()
    {
        var location = await Client.AppendAsync(await Client.BeginUploadAsync(_name), RandomBytes(10));
        await storage.Table("repositories").UpdateEntityAsync(new TableEntity(_name.Replace('/', ':'), $"u:{SessionOf(location)}")
        {
            ["MarkedForDeletion"] = true,
        }, Azure.ETag.All);
        await (await Client.PatchAsync(location, Body(RandomBytes(10)))).AssertErrorAsync(HttpStatusCode.NotFound, "BLOB_UPLOAD_UNKNOWN");
        // The process that marked it has stopped; another one continues, however young the row is.
        var report = await storage.Registry.Get<Collector>().RunAsync(explain: null, timeLimit: null, CancellationToken.None);
        Assert.Equal(1, report.Count(CollectedKind.Session, Outcome.Removed));
    }

    [Fact]
    public async Task Leftovers_of_died_requests_are_removed()
    {
        var (committed, owned, layer) = (RandomBytes(10), RandomBytes(20), RandomBytes(30));
        await Client.PushImageAsync(_name, "v1", layer);
        // Requests that died: after the commit of an object of which there is another; after staging; after becoming an owner;
        // while pinning references.
        await UploadAsync(committed, Guid.NewGuid().ToString("N"));
        await UploadAsync(layer, Guid.NewGuid().ToString("N"));
        await storage.Container("blobs").GetBlockBlobClient($"sha256/{DigestOf(committed)[7..]}/{Guid.NewGuid():N}")
            .StageBlockAsync(Convert.ToBase64String(new byte[12]), new MemoryStream(committed));
        var id = Guid.NewGuid().ToString("N");
        await UploadAsync(owned, id);
        await storage.Table("digests").AddEntityAsync(new TableEntity(DigestOf(owned), "") { ["Object"] = id, ["Size"] = 20L });
        await storage.Table("digests").AddEntityAsync(new TableEntity(DigestOf(owned), _name.Replace('/', ':')));
        await storage.Table("repositories").AddEntityAsync(new TableEntity(_name.Replace('/', ':'), $"p:{DigestOf(committed)}:x"));
        var report = await storage.CollectAsync();
        Assert.Equal(4, report.Count(CollectedKind.BlobObject, Outcome.Removed));
        Assert.Equal(1, report.Count(CollectedKind.Owner, Outcome.Removed));
        Assert.Equal(1, report.Count(CollectedKind.Pending, Outcome.Removed));
        Assert.Equal(2, (await storage.ListAsync()).Keys.Count(key => key.StartsWith("blobs ", StringComparison.Ordinal)));
        Assert.Equal(layer, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(layer)}"));

        Task UploadAsync(byte[] content, string id) => ObjectWriter.PutAsync(
            storage.Container("blobs").GetBlockBlobClient($"sha256/{DigestOf(content)[7..]}/{id}"),
                new MemoryStream(content), Digest.Parse(DigestOf(content)), CancellationToken.None);
    }

    [Fact]
    public async Task Use_row_is_removed_with_its_manifest()
    {
        var kept = await Client.PushImageAsync(_name, "kept", RandomBytes(10));
        var deleted = await Client.PushImageAsync(_name, "deleted", RandomBytes(10));
        await Client.GetByteArrayAsync($"/v2/{_name}/manifests/kept");
        await Client.GetByteArrayAsync($"/v2/{_name}/manifests/deleted");
        await storage.Registry.Get<PullRecords>().WriteAsync(CancellationToken.None);
        (await Client.DeleteAsync($"/v2/{_name}/manifests/{DigestOf(deleted)}")).EnsureSuccessStatusCode();
        await storage.CollectAllAsync();
        Assert.Equal([$"repositories {_name.Replace('/', ':')} l:{DigestOf(kept)}"],
            (await storage.ListAsync()).Keys.Where(key => key.Contains(" l:", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Dry_run_changes_nothing_and_reports_what_a_pass_does()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await Client.PushBlobAsync(_name, RandomBytes(1000));
        await storage.CollectAsync();
        await Client.PushBlobAsync(_name, RandomBytes(500));
        var before = await storage.ListAsync();
        var decisions = new List<CollectionDecision>();
        var dry = await storage.NoGracePeriod.Get<Collector>()
            .DryRunAsync(decisions.Add, await storage.AfterAllWritesAsync(), CancellationToken.None);
        Assert.Equal(before, await storage.ListAsync());
        var real = await storage.CollectAsync();
        Assert.Equal(real.Lines, dry.Lines);
        Assert.Equal((1000, 500), (dry.FreedBytes, dry.MarkedForDeletionBytes));
        Assert.Equal(dry.Lines.Sum(line => line.Count), decisions.Count);
        Assert.Contains(decisions,
            decision => decision.ToString() == $"Kept              BlobObject   {decision.Place}: it is the blob of its digest");
        Assert.Contains("Would free 1000 B; 500 B more", dry.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Objects_are_kept_when_the_tables_have_lost_them()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await foreach (var row in storage.Table("digests").QueryAsync<TableEntity>()) await storage.Table("digests").DeleteEntityAsync(row);
        await Assert.ThrowsAsync<CollectionRefusedException>(storage.CollectAsync);
        await foreach (var row in storage.Table("repositories").QueryAsync<TableEntity>())
            await storage.Table("repositories").DeleteEntityAsync(row);
        await foreach (var row in storage.Table("catalog").QueryAsync<TableEntity>()) await storage.Table("catalog").DeleteEntityAsync(row);
        await Assert.ThrowsAsync<CollectionRefusedException>(storage.CollectAsync);
        Assert.Equal(2, (await storage.ListAsync()).Keys.Count(key => key.StartsWith("blobs ", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Nothing_is_removed_when_the_repositories_are_lost()
    {
        await Client.PushImageAsync(_name, "v1", RandomBytes(10));
        await foreach (var row in storage.Table("repositories").QueryAsync<TableEntity>())
            await storage.Table("repositories").DeleteEntityAsync(row);
        var before = await storage.ListAsync();
        await Assert.ThrowsAsync<CollectionRefusedException>(storage.CollectAsync);
        // Nor by the process that resumes the refused pass.
        await using var next = await storage.StartAsync(TimeSpan.FromTicks(1),
            TimeSpan.FromTicks(1), options => options.Collection.LeaseTimeout = TimeSpan.Zero);
        await Assert.ThrowsAsync<CollectionRefusedException>(() => storage.CollectAsync(next));
        Assert.Equal(before, await storage.ListAsync());
        // The remedy that its message states.
        await Client.PushBlobAsync("other", RandomBytes(10));
        await storage.CollectAsync();
        Assert.DoesNotContain((await storage.ListAsync()).Keys,
            key => key.StartsWith("digests ", StringComparison.Ordinal) && key.EndsWith(_name.Replace('/', ':'), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Foreign_objects_and_rows_are_kept()
    {
        await storage.Table("digests").AddEntityAsync(new TableEntity("foo", "bar"));
        await storage.Table("repositories").AddEntityAsync(new TableEntity("FOO", "b:bar"));
        await storage.Container("blobs").UploadBlobAsync("foo", new BinaryData("bar"));
        var report = await storage.CollectAsync();
        Assert.Equal(3, report.Lines.Where(line => line.Reason == Reason.Foreign.Text).Sum(line => line.Count));
        Assert.Equal(3, (await storage.ListAsync()).Count);
    }

    [Fact]
    public async Task Object_whose_content_row_is_lost_is_kept()
    {
        var layer = RandomBytes(10);
        await Client.PushImageAsync(_name, "v1", layer);
        await storage.Table("digests").DeleteEntityAsync(DigestOf(layer), "");
        var report = await storage.CollectAsync();
        Assert.Contains(report.Lines, line => line.Reason == Reason.Contradicted.Text && line.Count == 1);
        Assert.Equal(layer, await Client.GetByteArrayAsync($"/v2/{_name}/blobs/{DigestOf(layer)}"));
    }

    [Fact]
    public async Task Links_are_swept_correctly_in_any_number_of_ranges()
    {
        var needed = Enumerable.Range(0, 30).Select(_ => RandomBytes(10)).ToArray();
        var others = Enumerable.Range(0, 30).Select(_ => RandomBytes(10)).ToArray();
        await Client.PushImageAsync(_name, "v1", needed);
        foreach (var content in others) await Client.PostBlobAsync(_name, content);
        var account = storage.NoGracePeriod.Get<StorageAccount>();
        for (var pass = 0; pass < 2; pass++)
        {
            var report = new CollectionReport(await storage.AfterAllWritesAsync(), dryRun: false);
            await new RepositorySweep(new PassContext(account, report, null),
                account.Repository(RepositoryName.Parse(_name)), capacity: 4).RunAsync(retention: null, CancellationToken.None);
            Assert.Equal((31, 30), (report.Count(CollectedKind.Link, Outcome.Kept),
                report.Count(CollectedKind.Link, pass == 0 ? Outcome.MarkedForDeletion : Outcome.Removed)));
        }
    }
}
