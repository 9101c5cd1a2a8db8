using System.Net.Sockets;
using System.Text.RegularExpressions;
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
        Assert.Null(report.Failure);
        Skip.If(report.Violations.Count > 0 && !report.AssumptionHeld,
            $"The machine is too busy: the storage took {report.LongestChange} for a change.");
        Assert.True(report.Violations.Count == 0, report.ToEvidence());
        Assert.True(HasSeenEnough(report), "It was no context: " + report.ToMarkdown());
    }

    // P16 (docs/design/hardening.md)
    [Fact]
    public async Task A_run_that_fails_itself_has_a_report_and_leaves_no_process()
    {
        var options = new SoakOptions { Actors = 1, Readers = 0, StopWhen = _ => throw new SocketException((int)SocketError.NotConnected) };
        var log = new StringWriter();
        var report = await SoakRun.RunAsync(options, TextWriter.Synchronized(log), CancellationToken.None);
        Assert.IsType<SocketException>(report.Failure);
        Assert.False(report.Passed);
        Assert.Contains("seconds of load", report.ToMarkdown(), StringComparison.Ordinal);
        // The arguments of each process name this folder.
        var folder = Regex.Match(log.ToString(), @"is in (\S+)\.").Groups[1].Value;
        Assert.NotEqual("", folder);
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc"),
            process => CommandLineOf(process).Contains(folder, StringComparison.Ordinal));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(typeof(SocketException), true)]
    [InlineData(typeof(IOException), true)]
    [InlineData(typeof(HttpRequestException), true)]
    [InlineData(typeof(TaskCanceledException), true)]
    [InlineData(typeof(InvalidOperationException), false)]
    [InlineData(typeof(NullReferenceException), false)]
    public void Every_failure_of_a_connection_is_one_and_no_fault_of_the_test(Type exception, bool expected)
    {
        Assert.Equal(expected, ConnectionFailure.Is((Exception)Activator.CreateInstance(exception)!));
        Assert.True(ConnectionFailure.Is(new ObjectDisposedException("System.Net.Sockets.NetworkStream")));
        Assert.False(ConnectionFailure.Is(new ObjectDisposedException("Registry.Tests.FaultInjection.SoakClient")));
    }

    static string CommandLineOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // No process, or one that has just ended.
            return "";
        }
    }

    static bool HasSeenEnough(SoakReport report) =>
        report.CountOf("PUT manifest", "done") >= 5
        && report.CountOf("check of a tag or manifest", "done") >= 10
        && report.Figures.GetValueOrDefault("servers killed with -9") >= 2
        && report.Figures.GetValueOrDefault("collected: BlobObject") >= 1;
}
