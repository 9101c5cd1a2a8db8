using Registry.GarbageCollection;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>Upload sessions that a request changes while a collector ends them.</summary>
public sealed class SessionSweepTests(IsolatedStorage storage) : IClassFixture<IsolatedStorage>
{
    [Fact]
    public async Task Session_that_changes_meanwhile_is_kept_with_what_it_has_staged()
    {
        var (name, content) = (TestRegistry.NewName(), RandomBytes(5_000_000));
        var location = await storage.Client.BeginUploadAsync(name);
        var id = SessionOf(location);
        location = await storage.Client.AppendAsync(location, content[..^10]);
        // Changes the session just before the collector marks it.
        await using var rival = await RivalStorage.StartAsync(storage.ConnectionString, name, $"u:{id}");
        await using var collecting = await storage.StartAsync(TimeSpan.FromTicks(1), TimeSpan.FromTicks(1),
            options => options.Storage.ConnectionString = rival.ConnectionString);
        var decisions = new List<CollectionDecision>();
        await collecting.Get<Collector>()
            .RunAsync(decisions.Add, timeLimit: null, await storage.AfterAllWritesAsync(), CancellationToken.None);

        Assert.Equal(1, rival.Races);
        Assert.Equal(
            [(CollectedKind.Session, Reason.Changed), (CollectedKind.StagedObject, Reason.SessionActive)],
            decisions.Where(decision => decision.Place.Contains(id, StringComparison.Ordinal))
                .Select(decision => (decision.Kind, decision.Reason)));
        location = await storage.Client.AppendAsync(location, content[^10..]);
        (await storage.Client.PutAsync(Closing(location, DigestOf(content)), null)).EnsureSuccessStatusCode();
        Assert.Equal(content, await storage.Client.GetByteArrayAsync($"/v2/{name}/blobs/{DigestOf(content)}"));
    }
}
