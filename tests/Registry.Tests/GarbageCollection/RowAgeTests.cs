using Azure.Data.Tables;
using Registry.GarbageCollection;
using Registry.Oci;
using Registry.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.GarbageCollection;

/// <summary>
/// The age at which a sweep of a repository removes each kind of row: it exists until its period is over, and not longer.
/// </summary>
/// <remarks>The time at which a pass begins is a parameter, so nothing here waits; the rows are as young as the test.</remarks>
public sealed class RowAgeTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    static readonly TimeSpan s_little = TimeSpan.FromMinutes(5);

    readonly RepositoryName _name = RepositoryName.Parse(TestRegistry.NewName());

    StorageAccount Account => registry.Get<StorageAccount>();

    [Fact]
    public Task Use_of_a_manifest_that_is_gone() => AssertExpiresAsync(
        CollectedKind.Use, Account.Options.GracePeriod, () => AddAsync($"l:{DigestOf([1])}", ("Pulled", "2026-01-02")));

    [Fact]
    public Task Push_that_has_died() => AssertExpiresAsync(CollectedKind.Pending,
        Account.Options.GracePeriod, () => AddAsync($"p:{DigestOf([1])}:x"));

    [Fact]
    public Task Manifest_that_was_deleted() => AssertExpiresAsync(CollectedKind.Deleted,
        Account.Options.DeletedRetention, () => AddAsync($"x:{DigestOf([1])}"));

    [Fact]
    public Task Tag_that_was_deleted() => AssertExpiresAsync(CollectedKind.Deleted,
        Account.Options.DeletedRetention, () => AddAsync("x:v1"));

    [Fact]
    public Task Upload_session() => AssertExpiresAsync(CollectedKind.Session,
        Account.Options.GracePeriod, async () =>
            await registry.Client.AppendAsync(await registry.Client.BeginUploadAsync(_name.Value), [1]));

    [Fact]
    public Task Upload_session_that_is_finished() => AssertExpiresAsync(
        CollectedKind.Session, Account.Options.GracePeriod, () => AddAsync($"u:{Guid.NewGuid():D}", ("Done", DigestOf([1]))));

    [Fact]
    public Task Link_that_is_doomed() => AssertExpiresAsync(
        CollectedKind.Link, Account.Options.GracePeriod, () =>
            AddAsync($"b:{DigestOf([1])}", ("Object", "x"), ("Size", 1L), ("MarkedForDeletion", true)));

    [Fact]
    public async Task Use_row_of_an_existing_manifest_is_kept_at_any_age()
    {
        var image = await registry.Client.PushImageAsync(_name.Value, "v1", RandomBytes(10));
        await AddAsync($"l:{DigestOf(image)}", ("Pulled", "2026-01-02"));
        await SweepAsync(TimeSpan.FromDays(1000));
        Assert.Single(await ListAsync(), row => row == $"l:{DigestOf(image)}");
    }

    async Task AssertExpiresAsync(CollectedKind kind, TimeSpan period, Func<Task> add)
    {
        await add();
        var rows = await ListAsync();
        var young = await SweepAsync(period - s_little);
        Assert.Equal(0, young.Count(kind, Outcome.Removed));
        Assert.Equal(rows, await ListAsync());
        var old = await SweepAsync(period + s_little);
        Assert.Equal(1, old.Count(kind, Outcome.Removed));
        Assert.Empty(await ListAsync());
    }

    /// <summary>A pass over the repository that begins this much later than now.</summary>
    async Task<CollectionReport> SweepAsync(TimeSpan later)
    {
        var now = (await Account.Collections.ReadWithTimeAsync("now", CancellationToken.None)).Now;
        var report = new CollectionReport(now + later, dryRun: false);
        await new RepositorySweep(new PassContext(Account, report, explain: null), Account.Repository(_name))
            .RunAsync(retention: null, CancellationToken.None);
        return report;
    }

    Task<Azure.Response> AddAsync(string row, params (string Name, object Value)[] columns)
    {
        var entity = new TableEntity(Layout.Key(_name), row);
        foreach (var (name, value) in columns) entity[name] = value;
        return Account.Repositories.AddEntityAsync(entity);
    }

    async Task<List<string>> ListAsync()
    {
        var rows = new List<string>();
        await foreach (var row in Account.Repository(_name).ScanAsync("", ["RowKey"], CancellationToken.None)) rows.Add(row.RowKey);
        return rows;
    }
}
