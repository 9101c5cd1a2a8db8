using System.Net;
using Azure.Data.Tables;
using Azure.Storage.Blobs.Models;
using Registry.Backup;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Integrity;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Backup;

/// <summary>A registry is copied from one Azurite to another, while it is in use, and again when it has changed.</summary>
public sealed class BackupTests : IAsyncLifetime
{
    SoundRegistry _source = null!;
    SoundRegistry _target = null!;

    public async Task InitializeAsync() => (_source, _target) = (await SoundRegistry.StartNewAsync(), await SoundRegistry.StartNewAsync());

    public async Task DisposeAsync()
    {
        await _source.DisposeAsync();
        await _target.DisposeAsync();
    }

    [Fact]
    public async Task Backup_is_a_sound_registry_that_serves_everything()
    {
        PushedRepository[] pushed = [await PushedRepository.PushAsync(_source.Client), await PushedRepository.PushAsync(_source.Client)];
        var name = pushed[0].Name;
        // Several blocks, chunks, and another algorithm.
        var large = RandomBytes(9_000_000);
        await _source.Client.PushBlobAsync(name, large);
        var location = await _source.Client.BeginUploadAsync(name, "?digest-algorithm=sha512");
        using var patched = await _source.Client.PatchAsync(location, Body(large[..100]));
        using var closed = await _source.Client.PutAsync(Closing(patched.Headers.Location!.ToString(), Sha512Of(large[..100])), null);
        Assert.Equal(HttpStatusCode.Created, closed.StatusCode);
        // An upload that is under way, and a tag that was deleted.
        await _source.Client.BeginUploadAsync(name);
        using var deleted = await _source.Client.DeleteAsync($"/v2/{name}/manifests/v2");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
        await _source.Registry.Get<ManifestUses>().WriteAsync(CancellationToken.None);

        var report = await BackUpAsync();
        // The empty config and the small layers are in both.
        Assert.Equal((2, 16, 11, 0), (report.Repositories, report.Manifests, report.Tags, report.Problems));
        Assert.True(report.Linked >= 111, $"{report.Linked}");
        await _target.AssertSoundAsync();
        await using var served = await _target.StartAsync();
        await pushed[1].AssertServedAsync(served.Client);
        Assert.Equal(large, await served.Client.GetByteArrayAsync($"/v2/{name}/blobs/{DigestOf(large)}"));
        Assert.Equal(large[..100], await served.Client.GetByteArrayAsync($"/v2/{name}/blobs/{Sha512Of(large[..100])}"));
        // All rows are the same, but for objects, which have names of their own, and what belongs to one registry alone.
        Assert.Equal(await ListAsync(_source), await ListAsync(_target));
        await foreach (var row in _target.Repositories.QueryAsync<TableEntity>()) Assert.False(row.RowKey[..2] is "u:" or "p:", row.RowKey);
        // Undo works there as well.
        await served.Get<DeletedStore>().RestoreAsync(RepositoryName.Parse(name), Reference.To(Tag.TryParse("v2", out var tag) ? tag : throw new InvalidOperationException()), CancellationToken.None);
        await pushed[0].AssertServedAsync(served.Client);
    }

    [Fact]
    public async Task Second_backup_copies_only_what_is_new()
    {
        var pushed = await PushedRepository.PushAsync(_source.Client);
        await BackUpAsync();
        using var writes = new TransactionCounter(_target.Registry);
        using var reads = new TransactionCounter(_source.Registry);
        var none = await BackUpAsync();
        Assert.Equal((0, 0, 0, 0, 0, 0), (none.Manifests, none.Tags, none.Blobs, none.Linked, none.Deleted, none.Problems));
        Assert.All(writes.All, sent => Assert.Equal(("table", "GET"), (sent.Service, sent.Method)));
        Assert.All(reads.All, sent => Assert.Equal(("table", "GET"), (sent.Service, sent.Method)));
        // The mark, the catalog, and a page or two of each kind of row.
        Assert.True(writes.All.Sum(sent => sent.Count) <= 12, string.Join(", ", writes.All));

        writes.Clear();
        reads.Clear();
        var layer = RandomBytes(5000);
        var image = await PushImageAsync(pushed.Name, "v3", pushed.Layer, layer);
        reads.Clear();
        var one = await BackUpAsync();
        Assert.Equal((1, 1, 1, 5000, 0), (one.Manifests, one.Tags, one.Blobs, one.Bytes, one.Linked));
        Assert.Equal((1, 1), (reads["blob", "GET"], writes["blob", "PUT"]));
        await using var served = await _target.StartAsync();
        Assert.Equal(image, await served.Client.GetByteArrayAsync($"/v2/{pushed.Name}/manifests/v3"));
        await _target.AssertSoundAsync();
    }

    [Fact]
    public async Task What_was_deleted_or_moved_is_so_in_the_next_backup_and_can_be_restored_there()
    {
        var pushed = await PushedRepository.PushAsync(_source.Client);
        var gone = await PushedRepository.PushAsync(_source.Client);
        await BackUpAsync();

        await ExpectAsync(_source.Client.PutManifestAsync(pushed.Name, "v1", pushed.Child), HttpStatusCode.Created);
        await ExpectAsync(_source.Client.DeleteAsync($"/v2/{pushed.Name}/manifests/large"), HttpStatusCode.Accepted);
        await ExpectAsync(_source.Client.DeleteAsync($"/v2/{pushed.Name}/manifests/{DigestOf(pushed.Signature)}"), HttpStatusCode.Accepted);
        // A repository that nothing is left of.
        await foreach (var row in _source.Repositories.QueryAsync<TableEntity>(row => row.PartitionKey == SoundRegistry.KeyOf(gone.Name))) await _source.Repositories.DeleteEntityAsync(row);
        var report = await BackUpAsync();
        // One tag and one manifest; six tags and eight manifests.
        Assert.Equal((1, 16, 0), (report.Tags, report.Deleted, report.Problems));
        Assert.Equal(await ListAsync(_source), (await ListAsync(_target)).Where(row => !row.Contains(gone.Name, StringComparison.Ordinal)));
        await using var served = await _target.StartAsync();
        Assert.Equal(pushed.Child, await served.Client.GetByteArrayAsync($"/v2/{pushed.Name}/manifests/v1"));
        await ExpectAsync(served.Client.GetAsync($"/v2/{gone.Name}/manifests/v1"), HttpStatusCode.NotFound);
        await _target.AssertSoundAsync();

        var restored = await served.Get<DeletedStore>().RestoreAsync(RepositoryName.Parse(gone.Name), Reference.To(Digest.Parse(DigestOf(gone.Image))), CancellationToken.None);
        Assert.Equal(RestoreStatus.Restored, restored.Status);
        Assert.Equal(gone.Image, await served.Client.GetByteArrayAsync($"/v2/{gone.Name}/manifests/{DigestOf(gone.Image)}"));
    }

    [Fact]
    public async Task Bytes_of_what_was_deleted_go_with_a_collector_of_the_target()
    {
        var pushed = await PushedRepository.PushAsync(_source.Client);
        await BackUpAsync();
        var kept = await CountObjectsAsync(_target);
        await ExpectAsync(_source.Client.DeleteAsync($"/v2/{pushed.Name}/manifests/{DigestOf(pushed.Many)}"), HttpStatusCode.Accepted);
        await using var forgetful = await _target.StartAsync(options => options.Storage.KeepDeleted = TimeSpan.Zero);
        // It does not delete what it has not been told is deleted.
        await foreach (var row in _source.Repositories.QueryAsync<TableEntity>(row => row.RowKey.CompareTo("x:") >= 0 && row.RowKey.CompareTo("x;") < 0)) await _source.Repositories.DeleteEntityAsync(row);
        await new RegistryCopy(_source.Registry.Get<StorageAccount>(), forgetful.Get<CopyTarget>(), _ => { }).BackUpAsync(CancellationToken.None);
        Assert.Equal(kept, await CountObjectsAsync(_target));

        await using var impatient = await _target.StartAsync(options => (options.Storage.Grace, options.Storage.KeepDeleted) = (TimeSpan.FromTicks(1), TimeSpan.FromTicks(1)));
        for (var pass = 0; pass < 4; pass++)
        {
            await Task.Delay(TimeSpan.FromSeconds(1.1));
            await impatient.Get<Collector>().RunAsync(explain: null, longest: null, CancellationToken.None);
        }
        Assert.Equal(kept - 110, await CountObjectsAsync(_target));
        await _target.AssertSoundAsync();
        // The source still links the blobs that its collector has not taken: they are brought back, and nothing else is wrong.
        await BackUpAsync();
        await _target.AssertSoundAsync();
    }

    [Fact]
    public async Task Backup_beside_pushes_and_deletes_is_sound_each_time()
    {
        var names = Enumerable.Range(0, 3).Select(_ => TestRegistry.NewName()).ToArray();
        using var enough = new CancellationTokenSource();
        var work = Enumerable.Range(0, 3).Select(actor => Task.Run(async () =>
        {
            var random = new Random(actor);
            while (!enough.IsCancellationRequested)
            {
                var name = names[random.Next(names.Length)];
                var image = await _source.Client.PushImageAsync(name, $"t{random.Next(5)}", RandomBytes(20));
                await ExpectAsync(_source.Client.PutManifestAsync(name, "index", OciContent.Index(image).ToBytes(), MediaType.OciIndex), HttpStatusCode.Created, HttpStatusCode.BadRequest);
                await ExpectAsync(_source.Client.DeleteAsync($"/v2/{name}/manifests/t{random.Next(5)}"), HttpStatusCode.Accepted, HttpStatusCode.NotFound);
                if (random.Next(2) == 0) await ExpectAsync(_source.Client.DeleteAsync($"/v2/{name}/manifests/{DigestOf(image)}"), HttpStatusCode.Accepted, HttpStatusCode.NotFound);
            }
        })).ToArray();
        var copied = 0L;
        try
        {
            for (var round = 0; round < 5; round++)
            {
                var report = await BackUpAsync();
                copied += report.Manifests;
                Assert.Equal(0, report.Problems);
                var (check, findings) = await _target.CheckAsync(digests: true);
                Assert.True(check.IsSound, string.Join('\n', findings));
            }
        }
        finally
        {
            await enough.CancelAsync();
            await Task.WhenAll(work);
        }
        Assert.True(copied > 5);
        await BackUpAsync();
        Assert.Equal(await ListAsync(_source), await ListAsync(_target));
        Assert.True((await _target.CheckAsync(digests: true)).Report.IsSound);
    }

    [Fact]
    public async Task Bytes_that_are_wrong_in_the_source_are_told_and_not_copied_and_nothing_that_needs_them()
    {
        var name = TestRegistry.NewName();
        var before = await PushImageAsync(name, "v1", RandomBytes(10));
        await BackUpAsync();
        var layer = RandomBytes(10);
        await PushImageAsync(name, "v1", layer);
        await _source.Blobs.GetBlobClient(await _source.ObjectOfAsync(DigestOf(layer))).UploadAsync(new BinaryData(RandomBytes(10)), new BlobUploadOptions());

        var problems = new List<CopyProblem>();
        var report = await BackUpAsync(problems);
        Assert.Contains(problems, problem => problem.Reference == DigestOf(layer) && problem.Message.Contains("other bytes", StringComparison.Ordinal));
        Assert.Contains(problems, problem => problem.Reference == "v1");
        Assert.Equal(problems.Count, report.Problems);
        await _target.AssertSoundAsync();
        await using var served = await _target.StartAsync();
        Assert.Equal(before, await served.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
    }

    [Fact]
    public async Task Rows_that_cannot_be_understood_are_told_and_the_rest_is_copied()
    {
        var name = TestRegistry.NewName();
        var image = await PushImageAsync(name, "v1", RandomBytes(10));
        var other = await PushImageAsync(name, "v2", RandomBytes(10));
        await _source.Repositories.AddEntityAsync(new TableEntity(SoundRegistry.KeyOf(name), "m:nothing"));
        await _source.Repositories.AddEntityAsync(new TableEntity("Nobody", "m:nothing"));
        await _source.ChangeAsync(name, "t:v2", row => row["Digest"] = "nothing");
        await _source.ChangeAsync(name, $"m:{DigestOf(other)}", row => row["References0"] = (byte[])[9, 9]);
        var problems = new List<CopyProblem>();
        await BackUpAsync(problems);
        Assert.Equal(new[] { "nothing", DigestOf(other), "v2" }.Order(StringComparer.Ordinal), problems.Select(problem => problem.Reference).Order(StringComparer.Ordinal));
        await _target.AssertSoundAsync();
        Assert.Equal(image, await _target.Client.GetByteArrayAsync($"/v2/{name}/manifests/v1"));
    }

    [Fact]
    public async Task Backups_and_restorations_never_go_over_another_registry()
    {
        var pushed = await PushedRepository.PushAsync(_source.Client);
        await RefusedAsync("the registry itself", () => Copy(_source, _source).BackUpAsync(CancellationToken.None));
        await RefusedAsync("no backup", () => Copy(_target, _source).RestoreAsync(CancellationToken.None));
        await _target.Client.PushBlobAsync(TestRegistry.NewName(), [1]);
        await RefusedAsync("no backup of this one", () => BackUpAsync());
        await _target.ClearAsync();
        await BackUpAsync();
        await RefusedAsync("already", () => Copy(_target, _source).RestoreAsync(CancellationToken.None));

        // The registry is lost, and comes back; it can be backed up as before.
        await _source.ClearAsync();
        var report = await Copy(_target, _source).RestoreAsync(CancellationToken.None);
        Assert.Equal((8, 6, 0), (report.Manifests, report.Tags, report.Problems));
        await _source.AssertSoundAsync();
        await pushed.AssertServedAsync(_source.Client);
        Assert.Equal(0, (await BackUpAsync()).Manifests);
        await RefusedAsync("already", () => Copy(_target, _source).RestoreAsync(CancellationToken.None));

        // A backup of another registry.
        await _source.ClearAsync();
        await PushedRepository.PushAsync(_source.Client);
        await RefusedAsync("no backup of this one", () => BackUpAsync());
    }

    [Fact]
    public async Task Restoration_that_was_stopped_goes_on()
    {
        var pushed = await PushedRepository.PushAsync(_source.Client);
        await BackUpAsync();
        await _source.ClearAsync();
        using var stop = new CancellationTokenSource();
        var stopped = Copy(_target, _source).RestoreAsync(stop.Token);
        while (await CountObjectsAsync(_source) < 10) await Task.Yield();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        await _source.AssertSoundAsync();

        var rest = await Copy(_target, _source).RestoreAsync(CancellationToken.None);
        Assert.True(rest.Blobs < 110, $"{rest.Blobs}");
        await _source.AssertSoundAsync();
        await pushed.AssertServedAsync(_source.Client);
    }

    Task<CopyReport> BackUpAsync(List<CopyProblem>? problems = null) => Copy(_source, _target, problems).BackUpAsync(CancellationToken.None);

    static RegistryCopy Copy(SoundRegistry source, SoundRegistry target, List<CopyProblem>? problems = null) =>
        new(source.Registry.Get<StorageAccount>(), target.Registry.Get<CopyTarget>(), problem => problems?.Add(problem));

    Task<byte[]> PushImageAsync(string name, string tag, params byte[][] layers) => _source.Client.PushImageAsync(name, tag, layers);

    static async Task<int> CountObjectsAsync(SoundRegistry registry)
    {
        var count = 0;
        await foreach (var _ in registry.Blobs.GetBlobsAsync()) count++;
        return count;
    }

    /// <summary>All that a registry says, but for what is one's own: objects, links that a collector may take, and what is under way.</summary>
    static async Task<List<string>> ListAsync(SoundRegistry registry)
    {
        var rows = new List<string>();
        await foreach (var row in registry.Repositories.QueryAsync<TableEntity>(row => row.RowKey.CompareTo("u:") < 0))
        {
            foreach (var column in new[] { "Object", "Doomed", "Untagged" }) row.Remove(column);
            if (row.RowKey[..2] is not ("u:" or "p:" or "l:")) rows.Add($"{row.PartitionKey.Replace(':', '/')} {RowText.Of(row)}");
        }
        return rows;
    }

    static async Task RefusedAsync(string expected, Func<Task> copy) =>
        Assert.Contains(expected, (await Assert.ThrowsAsync<CopyRefusedException>(copy)).Message, StringComparison.Ordinal);

    static async Task ExpectAsync(Task<HttpResponseMessage> request, params HttpStatusCode[] expected)
    {
        using var answer = await request;
        Assert.Contains(answer.StatusCode, expected);
    }
}
