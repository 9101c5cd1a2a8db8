using Azure.Storage.Blobs.Specialized;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>
/// At which age the sweeps over digests and staged objects delete: each object is kept for the grace period, and not after it.
/// </summary>
/// <remarks>The start of a pass is set, so that no test waits; the objects are as young as the test.</remarks>
public sealed class ObjectAgeTests(IsolatedStorage storage) : IClassFixture<IsolatedStorage>
{
    static readonly TimeSpan s_little = TimeSpan.FromMinutes(5);

    readonly string _name = TestRegistry.NewName();

    StorageAccount Account => storage.Registry.Get<StorageAccount>();

    TimeSpan GracePeriod => Account.Options.GracePeriod;

    [Fact]
    public Task Object_that_no_content_row_names() => AssertExpiresAsync(
        CollectedKind.BlobObject, "blobs", DigestsAsync, Reason.Unnamed, name => WriteAsync(Account.BlobObjects.GetBlockBlobClient(name)));

    [Fact]
    public Task Blocks_of_an_object_that_was_not_committed() => AssertExpiresAsync(
        CollectedKind.BlobObject, "blobs", DigestsAsync, Reason.Unnamed, name => StageAsync(Account.BlobObjects.GetBlockBlobClient(name)));

    [Fact]
    public Task Staged_object_that_was_committed() => AssertExpiresAsync(
        CollectedKind.StagedObject, "uploads", StagedAsync, Reason.Abandoned,
        name => WriteAsync(Account.UploadObjects.GetBlockBlobClient(name)));

    [Fact]
    public Task Staged_blocks_of_no_session() => AssertExpiresAsync(
        CollectedKind.StagedObject, "uploads", StagedAsync, Reason.Abandoned,
        name => StageAsync(Account.UploadObjects.GetBlockBlobClient(name)));

    [Fact]
    public async Task Staged_blocks_of_a_live_session_are_kept_however_old()
    {
        var session = Guid.NewGuid();
        await StageAsync(Account.StagingObject(session));
        var pass = await BeginAsync(TimeSpan.FromDays(1000));
        pass.Context.SweptAllRepositories = true;
        pass.Context.LiveSessions.Add(session);
        await SweepStagedAsync(pass.Context);
        Assert.Equal(Reason.SessionActive, pass.ReasonOf(CollectedKind.StagedObject, $"{session:D}"));
        Assert.Contains($"uploads {session:D}", (await storage.ListAsync()).Keys);
    }

    [Fact]
    public async Task A_pass_that_is_resumed_keeps_what_sessions_staged_in_repositories_that_another_process_has_swept()
    {
        // The first repository, after which the pass is stopped.
        const string Name = "a";
        var location = await storage.Client.BeginUploadAsync(Name);
        var content = RandomBytes(5_000_000);
        location = await storage.Client.AppendAsync(location, content);
        // Older than the pass are the blocks, and the session is not.
        var asOf = await storage.AfterAllWritesAsync();
        while ((await Account.Collections.ReadWithTimeAsync("now", CancellationToken.None)).Now <= asOf) await Task.Delay(100);
        var rest = RandomBytes(10);
        location = await storage.Client.AppendAsync(location, rest);

        var stopped = await storage.NoGracePeriod.Get<Collector>().RunAsync(explain: null, TimeSpan.Zero, asOf, CancellationToken.None);
        Assert.False(stopped.Complete);
        await using var another = await storage.StartAsync(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1));
        var decisions = new List<CollectionDecision>();
        var report = await another.Get<Collector>().RunAsync(decisions.Add, timeLimit: null, asOf, CancellationToken.None);
        Assert.Equal((true, stopped.Began), (report.Complete, report.Began));
        Assert.DoesNotContain(decisions, decision => decision.Kind == CollectedKind.Session);
        Assert.Equal(Reason.SessionActive, Assert.Single(decisions, decision => decision.Place == SessionOf(location)).Reason);
        byte[] all = [.. content, .. rest];
        (await storage.Client.PutAsync(Closing(location, DigestOf(all)), null)).EnsureSuccessStatusCode();
        Assert.Equal(all, await storage.Client.GetByteArrayAsync($"/v2/{Name}/blobs/{DigestOf(all)}"));
    }

    async Task AssertExpiresAsync(
        CollectedKind kind, string container, Func<PassContext, Task> sweepAsync, Reason removed, Func<string, Task> writeAsync)
    {
        // With rows in every table: else a collector takes a table for lost.
        await storage.Client.PushImageAsync(_name, "v1", RandomBytes(10));
        var name = kind == CollectedKind.StagedObject
            ? $"{Guid.NewGuid():D}"
            : Layout.BlobObject(Digest.Parse(DigestOf(RandomBytes(10))), Layout.NewId());
        await writeAsync(name);
        var young = await BeginAsync(GracePeriod - s_little);
        await sweepAsync(young.Context);
        Assert.Equal(Reason.Young, young.ReasonOf(kind, name));
        Assert.Contains($"{container} {name}", (await storage.ListAsync()).Keys);
        var old = await BeginAsync(GracePeriod + s_little);
        await sweepAsync(old.Context);
        Assert.Equal(removed, old.ReasonOf(kind, name));
        Assert.DoesNotContain($"{container} {name}", (await storage.ListAsync()).Keys);
    }

    static async Task DigestsAsync(PassContext context)
    {
        await foreach (var _ in new DigestSweep(context).RunAsync(after: null, CancellationToken.None))
        {
            // Checkpoints.
        }
    }

    static Task StagedAsync(PassContext context)
    {
        context.SweptAllRepositories = true;
        return SweepStagedAsync(context);
    }

    static async Task SweepStagedAsync(PassContext context)
    {
        await foreach (var _ in new StagingSweep(context).RunAsync(after: null, CancellationToken.None))
        {
            // Checkpoints.
        }
    }

    static Task WriteAsync(BlockBlobClient blob)
    {
        var content = RandomBytes(10);
        return ObjectWriter.PutAsync(blob, new MemoryStream(content), Digest.Parse(DigestOf(content)), CancellationToken.None);
    }

    static async Task StageAsync(BlockBlobClient blob) =>
        await blob.StageBlockAsync(Convert.ToBase64String(new byte[12]), new MemoryStream(RandomBytes(10)));

    /// <summary>A pass that starts so much later than now.</summary>
    async Task<SweptPass> BeginAsync(TimeSpan later)
    {
        var now = (await Account.Collections.ReadWithTimeAsync("now", CancellationToken.None)).Now;
        var decisions = new List<CollectionDecision>();
        return new(new PassContext(Account, new CollectionReport(now + later, dryRun: false), decisions.Add), decisions);
    }

    sealed record SweptPass(PassContext Context, List<CollectionDecision> Decisions)
    {
        public Reason ReasonOf(CollectedKind kind, string place) =>
            Assert.Single(Decisions, decision => decision.Kind == kind && decision.Place == place).Reason;
    }
}
