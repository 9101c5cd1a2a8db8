using System.Net;
using Azure.Data.Tables;
using Registry.Backup;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Storage;
using Registry.Tests.Integrity;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Backup;

/// <summary>What a backup or a restoration never destroys, and how it runs beside other requests.</summary>
public sealed class BackupSafetyTests : BackupTest
{
    [Fact]
    public async Task Backup_during_pushes_and_deletes_is_consistent()
    {
        var names = Enumerable.Range(0, 3).Select(_ => TestRegistry.NewName()).ToArray();
        using var enough = new CancellationTokenSource();
        var work = Enumerable.Range(0, 3).Select(actor => Task.Run(async () =>
        {
            var random = new Random(actor);
            while (!enough.IsCancellationRequested)
            {
                var name = names[random.Next(names.Length)];
                var image = await Source.Client.PushImageAsync(name, $"t{random.Next(5)}", RandomBytes(20));
                await ExpectAsync(Source.Client.PutManifestAsync(name, "index", OciContent.Index(image).ToBytes(), MediaType.OciIndex),
                    HttpStatusCode.Created, HttpStatusCode.BadRequest);
                await ExpectAsync(Source.Client.DeleteAsync($"/v2/{name}/manifests/t{random.Next(5)}"),
                    HttpStatusCode.Accepted, HttpStatusCode.NotFound);
                if (random.Next(2) == 0)
                {
                    await ExpectAsync(Source.Client.DeleteAsync($"/v2/{name}/manifests/{DigestOf(image)}"),
                        HttpStatusCode.Accepted, HttpStatusCode.NotFound);
                }
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
                var (check, findings) = await Target.CheckAsync(digests: true);
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
        // Deletions in the target itself are preserved.
        Assert.Equal(await ListAsync(Source, IsServed), await ListAsync(Target, IsServed));
        Assert.Empty((await ListAsync(Source)).Except(await ListAsync(Target)));
        Assert.True((await Target.CheckAsync(digests: true)).Report.IsSound);
    }

    [Fact]
    public async Task Stopped_restoration_is_resumed()
    {
        var pushed = await PushedRepository.PushAsync(Source.Client, many: true);
        await BackUpAsync();
        await Source.ClearAsync();
        using var stop = new CancellationTokenSource();
        var stopped = Copy(Target, Source).RestoreAsync(stop.Token);
        while (await CountObjectsAsync(Source) < 10) await Task.Yield();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => stopped);
        await Source.AssertSoundAsync();

        var rest = await Copy(Target, Source).RestoreAsync(CancellationToken.None);
        Assert.True(rest.Blobs < 110, $"{rest.Blobs}");
        await Source.AssertSoundAsync();
        await pushed.AssertServedAsync(Source.Client);
    }

    [Fact]
    public async Task Backups_and_restorations_never_overwrite_another_registry()
    {
        var pushed = await PushedRepository.PushAsync(Source.Client);
        await RefusedAsync("the registry itself", () => Copy(Source, Source).BackUpAsync(CancellationToken.None));
        await RefusedAsync("not a backup", () => Copy(Target, Source).RestoreAsync(CancellationToken.None));
        await Target.Client.PushBlobAsync(TestRegistry.NewName(), [1]);
        await RefusedAsync("not a backup of this one", () => BackUpAsync());
        await Target.ClearAsync();
        await BackUpAsync();
        await RefusedAsync("already", () => Copy(Target, Source).RestoreAsync(CancellationToken.None));

        // The registry is lost and restored; afterwards it can be backed up as before.
        await Source.ClearAsync();
        var report = await Copy(Target, Source).RestoreAsync(CancellationToken.None);
        Assert.Equal((7, 5, 0), (report.Manifests, report.Tags, report.Problems));
        await Source.AssertSoundAsync();
        await pushed.AssertServedAsync(Source.Client);
        Assert.Equal(0, (await BackUpAsync()).Manifests);
        await RefusedAsync("already", () => Copy(Target, Source).RestoreAsync(CancellationToken.None));

        // A backup of another registry.
        await Source.ClearAsync();
        await PushedRepository.PushAsync(Source.Client);
        await RefusedAsync("not a backup of this one", () => BackUpAsync());
    }

    [Fact]
    public async Task Bytes_of_deleted_content_are_removed_by_a_collector_of_the_target()
    {
        var pushed = await PushedRepository.PushAsync(Source.Client);
        var extra = await PushImageAsync(pushed.Name, "extra", RandomBytes(10), RandomBytes(11), RandomBytes(12));
        await BackUpAsync();
        var kept = await CountObjectsAsync(Target);
        await ExpectAsync(Source.Client.DeleteAsync($"/v2/{pushed.Name}/manifests/{DigestOf(extra)}"), HttpStatusCode.Accepted);
        await using var forgetful = await Target.StartAsync(options => options.Storage.DeletedRetention = TimeSpan.Zero);
        // Content that the source does not record as deleted is not deleted.
        await foreach (var row in Source.Repositories.QueryAsync<TableEntity>(row => row.RowKey.CompareTo("x:") >= 0
            && row.RowKey.CompareTo("x;") < 0))
        {
            await Source.Repositories.DeleteEntityAsync(row);
        }
        await new RegistryCopy(Source.Registry.Get<StorageAccount>(), forgetful.Get<CopyTarget>(), _ => { })
            .BackUpAsync(CancellationToken.None);
        Assert.Equal(kept, await CountObjectsAsync(Target));

        await using var impatient = await Target.StartAsync(options =>
            (options.Storage.GracePeriod, options.Storage.DeletedRetention) = (TimeSpan.FromTicks(1), TimeSpan.FromTicks(1)));
        for (var pass = 0; pass < 4; pass++)
        {
            await impatient.Get<Collector>().RunAsync(explain: null,
                timeLimit: null, DateTimeOffset.UtcNow.AddMinutes(pass + 1), CancellationToken.None);
        }
        Assert.Equal(kept - 3, await CountObjectsAsync(Target));
        await Target.AssertSoundAsync();
        // The source still links blobs that its collector has not removed: they are copied again, and nothing else differs.
        await BackUpAsync();
        await Target.AssertSoundAsync();
    }
}
