using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.FaultInjection;

/// <summary>Runs alone: it uses the whole machine, and would distort the measurements of other tests.</summary>
[CollectionDefinition(nameof(SoakTests), DisableParallelization = true)]
public sealed class SoakCollection;

/// <summary>A short soak test; <c>dotnet run -c Release --project tests/Soak</c> is the long one.</summary>
[Collection(nameof(SoakTests))]
public sealed class SoakTests(ITestOutputHelper output)
{
    [SkippableFact]
    public async Task No_content_is_lost_and_no_garbage_is_left_under_random_faults()
    {
        var options = new SoakOptions
        {
            Seed = 1,
            // A busy machine needs more time.
            Duration = TimeSpan.FromMinutes(FullRun.Enabled ? 5 : 3),
            StopWhen = FullRun.Enabled ? null : HasSeenEnough,
            Grace = TimeSpan.FromSeconds(8),
            KeepDeleted = TimeSpan.FromSeconds(5),
            Actors = 5,
            Readers = 1,
            BetweenKills = TimeSpan.FromSeconds(3),
            BetweenFreezes = TimeSpan.FromSeconds(5),
            BetweenRestarts = TimeSpan.FromSeconds(9),
        };
        var report = await SoakRun.RunAsync(options, Console.Error, CancellationToken.None);
        output.WriteLine(report.ToMarkdown());
        Skip.If(report.Violations.Count > 0 && !report.AssumptionHeld,
            $"The machine is too busy: the storage took {report.LongestChange} for a change.");
        Assert.True(report.Violations.Count == 0, report.ToEvidence());
        Assert.True(HasSeenEnough(report), "It was no context: " + report.ToMarkdown());
    }

    static bool HasSeenEnough(SoakReport report) =>
        report.CountOf("PUT manifest", "done") >= 5
        && report.CountOf("check of a tag or manifest", "done") >= 10
        && report.Figures.GetValueOrDefault("servers killed with -9") >= 2
        && report.Figures.GetValueOrDefault("collected: BlobObject") >= 1;
}
