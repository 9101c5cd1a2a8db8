using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Azure.Data.Tables;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Registry.GarbageCollection;
using Registry.Server;
using Registry.Server.Azurite;
using Registry.Tests;

namespace Registry.Benchmarks;

/// <summary>Cost of garbage collection: by size of the repository, and its effect on concurrent pushes.</summary>
static class Collecting
{
    /// <summary>
    /// One pass over a repository of each size, with a hundred unreferenced layers: CPU time and peak memory of the collector's
    /// process, which do not depend on the emulator's speed.
    /// </summary>
    /// <param name="sizes">Numbers of manifests.</param>
    /// <param name="heap">
    /// Limit of the collector's heap, in MiB; the pass fails if that is too little. Null for no limit.
    /// </param>
    /// <param name="report">Receives the figures.</param>
    public static async Task GrowAsync(IEnumerable<int> sizes, int? heap, Report report)
    {
        foreach (var size in sizes)
        {
            var folder = Directory.CreateTempSubdirectory("registry-grown-").FullName;
            try
            {
                // Each unreferenced link is looked up by its key, for which the emulator scans the whole repository.
                var garbage = Math.Min(size / 100, 100);
                await GrownStorage.CreateAsync(folder, size, garbage);
                await using var azurite = await AzuriteProcess.StartAsync(folder, Console.Error, CancellationToken.None);
                // The emulator sorts all rows that it has read before its first answer.
                var patient = new TableClientOptions { Retry = { NetworkTimeout = TimeSpan.FromMinutes(10) } };
                foreach (var table in new[] { "repositories", "digests" })
                {
                    await foreach (var _ in new TableClient(azurite.ConnectionString, table, patient)
                        .QueryAsync<TableEntity>(maxPerPage: 1).AsPages())
                    {
                        break;
                    }
                }
                var run = await RunAsync(azurite.ConnectionString, heap);
                var links = run.Report.Lines.Where(line => line.Kind == CollectedKind.Link)
                    .ToDictionary(line => line.Outcome, line => line.Count);
                // All but the two layers of the image that the others are copies of, and the config.
                if (links[Outcome.Kept] != size + 2 || links[Outcome.Removed] != garbage
                    || run.Report.Count(CollectedKind.BlobObject, Outcome.Removed) < garbage)
                {
                    throw new InvalidOperationException($"The pass did not do what it should: {run.Report}");
                }
                report.Add("manifests in one repository", "MiB peak", "collector", run.PeakMemory, size);
                report.Add("manifests in one repository", "s of processor", "collector", run.ProcessorSeconds, size);
                report.Add("manifests in one repository", "s with Azurite", "collector", run.Seconds, size);
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    /// <summary>The collector beside the pushes: none, a server's with its pauses, and one that never pauses.</summary>
    static readonly (string Name, double? Share)[] s_beside = [("alone", null),
        ("beside a server's collector", CollectionSchedule.Share), ("beside a pass that never pauses", 1)];

    /// <summary>
    /// Pushes images of 2 × 8 MiB one after another, alternately alone and beside passes that follow each other without a
    /// pause.
    /// </summary>
    public static async Task BesidePushesAsync(string connection, int rounds, Report report)
    {
        const int Images = 24;
        await using var registry = await Contestant.StartOursAsync(connection);
        await PushAsync(registry, 3);
        for (var round = 0; round < rounds; round++)
        {
            foreach (var (name, share) in s_beside.Skip(round % s_beside.Length).Concat(s_beside.Take(round % s_beside.Length)))
            {
                using var stop = new CancellationTokenSource();
                var collecting = share is { } some ? CollectAsync(connection, some, stop.Token) : Task.FromResult(0.0);
                var watch = Stopwatch.StartNew();
                await PushAsync(registry, Images);
                var seconds = watch.Elapsed.TotalSeconds;
                await stop.CancelAsync();
                report.Add("images of 16 MiB pushed", "MiB/s", name, Images * 16 / seconds);
                if (share is not null) report.Add("passes meanwhile", "", name, await collecting);
            }
        }
    }

    static async Task PushAsync(Contestant registry, int images)
    {
        for (var i = 0; i < images; i++)
        {
            await registry.Http.PushImageAsync(TestRegistry.NewName(),
                "v1", OciContent.RandomBytes(8 << 20), OciContent.RandomBytes(8 << 20));
        }
    }

    /// <summary>Collects as a server does, but one pass after the other.</summary>
    /// <returns>Number of passes, with the completed part of the last.</returns>
    static async Task<double> CollectAsync(string connection, double share, CancellationToken cancellationToken)
    {
        var settings = new ConfigurationBuilder().AddInMemoryCollection([new("Registry:Storage:ConnectionString", connection),
            new("Registry:Collection:Interval", "00:00:00.0000001")]);
        await using var services = new ServiceCollection().AddLogging()
            .AddRegistry(settings.Build(), openWithoutPolicy: true).BuildServiceProvider();
        var collector = services.GetRequiredService<Collector>();
        var passes = 0;
        while (!cancellationToken.IsCancellationRequested)
            if (await collector.RunDueAsync(share, cancellationToken) is { Complete: true }) passes++;
        return passes;
    }

    static async Task<(CollectionReport Report, double Seconds,
        double ProcessorSeconds, double PeakMemory)> RunAsync(string connection, int? heap)
    {
        var watch = Stopwatch.StartNew();
        string[] arguments = [typeof(StartupException).Assembly.Location,
            "collect", "--json", $"--Registry:Storage:ConnectionString={connection}"];
        var start = new ProcessStartInfo("dotnet", arguments) { RedirectStandardOutput = true };
        if (heap is { } limit) start.Environment["DOTNET_GCHeapHardLimit"] = $"0x{limit << 20:x}";
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadToEndAsync();
        var (processor, memory) = (0.0, 0.0);
        while (!process.HasExited)
        {
            try
            {
                var status = await File.ReadAllLinesAsync($"/proc/{process.Id}/status");
                if (Array.Find(status, line => line.StartsWith("VmHWM:", StringComparison.Ordinal)) is { } line)
                    memory = double.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture) / 1024;
                processor = process.TotalProcessorTime.TotalSeconds;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException)
            {
                // The process has just ended.
            }
            await Task.Delay(50);
        }
        var text = await output;
        if (process.ExitCode != 0) throw new InvalidOperationException($"collect ended with {process.ExitCode}: {text}");
        return (JsonSerializer.Deserialize(text, CollectionJson.Default.CollectionReport)!, watch.Elapsed.TotalSeconds, processor, memory);
    }
}
