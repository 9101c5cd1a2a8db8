using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.GarbageCollection;
using Registry.Storage;

namespace Registry.Tests.FaultInjection;

/// <summary>
/// Collectors as an operator starts them, one pass after the other; some are killed with -9, some are frozen for a while.
/// </summary>
sealed partial class CollectorProcesses(SoakOptions options, Func<int, string[]> argumentsOf, SoakReport report, History history)
{
    /// <summary>Runs one pass after the other until cancelled.</summary>
    public async Task RunPassesAsync(int which, CancellationToken cancellationToken)
    {
        var random = options.RandomFor($"collector {which}");
        while (true)
        {
            TimeSpan? killAfter = random.Next(3) == 0 ? TimeSpan.FromSeconds(0.3 + 4 * random.NextDouble()) : null;
            // For any time: what it has read is a condition of what it deletes.
            TimeSpan? freezeAfter = random.Next(8) == 0 ? TimeSpan.FromSeconds(0.5 + 2 * random.NextDouble()) : null;
            await RunAsync(which, killAfter, freezeAfter, 2 * random.NextDouble() * options.Grace, cancellationToken);
            await Task.Delay(TimeSpan.FromSeconds(random.NextDouble()), cancellationToken);
        }
    }

    /// <summary>An undisturbed pass in this process, as it would run after a time without pushes.</summary>
    /// <param name="later">How long after now, by the storage's clock.</param>
    /// <param name="cancellationToken">Cancels the pass.</param>
    /// <returns>Whether it is complete.</returns>
    public async Task<bool> RunAsync(TimeSpan later, CancellationToken cancellationToken)
    {
        var configuration = new ConfigurationBuilder().AddCommandLine(argumentsOf(0)).Build();
        await using var services = new ServiceCollection().AddLogging().AddRegistry(configuration).BuildServiceProvider();
        var now = (await services.GetRequiredService<StorageAccount>().Collections.ReadWithTimeAsync("now", cancellationToken)).Now;
        var pass = await services.GetRequiredService<Collector>()
            .RunAsync(decision => Keep(0, $"{decision}"), timeLimit: null, now + later, cancellationToken);
        Keep(pass);
        return pass.Complete;
    }

    async Task<bool> RunAsync(int which, TimeSpan? killAfter, TimeSpan? freezeAfter, TimeSpan frozen, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(DotNet,
            [typeof(Registry.Server.StartupException).Assembly.Location, "collect", "--explain", "--json", .. argumentsOf(which)])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        try
        {
            var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
            var reading = ReadAsync(which, process.StandardOutput);
            var disturbing = DisturbAsync(process, killAfter, freezeAfter, frozen, cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            var complete = await reading;
            await disturbing;
            switch (process.ExitCode)
            {
                case 0:
                    report.Add(complete ? "collections: passes completed" : "collections: lease lost to another collector");
                    break;
                case 137:
                    report.Add("collectors killed with -9");
                    break;
                default:
                    report.Add("collections failed by the storage");
                    if (!SoakReport.IsExpectedOfStorage(await errors))
                    {
                        report.ReportUnexpected(
                            $"collector: {string.Join(" / ", (await errors).Split('\n').Take(6).Select(line => line.Trim()))}");
                    }
                    break;
            }
            return process.ExitCode == 0 && complete;
        }
        finally
        {
            if (!process.HasExited) process.Kill();
        }
    }

    static string DotNet => Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";

    async Task DisturbAsync(Process process, TimeSpan? killAfter,
        TimeSpan? freezeAfter, TimeSpan frozen, CancellationToken cancellationToken)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var ending = process.WaitForExitAsync(ended.Token);
        if (freezeAfter is { } before && await Task.WhenAny(Task.Delay(before, ended.Token), ending) != ending && !process.HasExited)
        {
            await SignalAsync(process, "STOP");
            await Task.Delay(frozen, CancellationToken.None);
            await SignalAsync(process, "CONT");
            report.Add("collectors frozen");
        }
        if (killAfter is { } time && await Task.WhenAny(Task.Delay(time, ended.Token), ending) != ending && !process.HasExited)
            await SignalAsync(process, "KILL");
        await ended.CancelAsync();
    }

    static async Task SignalAsync(Process process, string signal)
    {
        using var kill = Process.Start("kill", [$"-{signal}", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await kill.WaitForExitAsync();
    }

    /// <summary>Records its decision on each digest, and counts what it removes.</summary>
    async Task<bool> ReadAsync(int which, StreamReader output)
    {
        var complete = false;
        while (await output.ReadLineAsync() is { } line)
        {
            if (line.StartsWith('{'))
            {
                var pass = JsonSerializer.Deserialize(line, CollectionJson.Default.CollectionReport)!;
                complete = pass.Complete;
                Keep(pass);
            }
            else
            {
                Keep(which, line);
            }
        }
        return complete;
    }

    void Keep(CollectionReport pass)
    {
        if (!pass.Complete) return;
        foreach (var counted in pass.Lines)
        {
            if (counted.Outcome == Registry.GarbageCollection.Outcome.Removed
                && counted.Kind is CollectedKind.BlobObject or CollectedKind.StagedObject)
            {
                report.Add("collected bytes of objects", counted.Bytes);
            }
        }
    }

    /// <summary>Records one decision of a collector.</summary>
    void Keep(int which, string decision)
    {
        if (decision.StartsWith("Kept", StringComparison.Ordinal)) return;
        var digest = Digests().Match(decision);
        if (digest.Success) history.Add($"collector{which} {decision}", $"{digest.Groups[1].Value}:{digest.Groups[2].Value}");
        if (decision.Split(' ', StringSplitOptions.RemoveEmptyEntries) is ["Removed", var kind, ..]) report.Add($"collected: {kind}");
        if (decision.StartsWith("Changed", StringComparison.Ordinal)) report.Add("collections: decisions outrun by a concurrent change");
    }

    [GeneratedRegex("(sha256|sha512)[:/]([0-9a-f]+)")]
    private static partial Regex Digests();
}
