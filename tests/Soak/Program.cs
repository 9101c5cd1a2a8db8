using System.Globalization;
using Registry.Tests.FaultInjection;

// dotnet run -c Release --project tests/Soak -- [--minutes N] [--seed N] [--grace SECONDS [--keep SECONDS]]
//     [--actors N] [--readers N] [--servers N] [--collectors N] [--faults SHARE] [--kills SECONDS]
// Exit codes: 0 if no content was lost and no garbage is left, 1 otherwise, 2 for invalid arguments,
// 3 if the run itself failed.
var options = new SoakOptions { Duration = TimeSpan.FromMinutes(5), Seed = Random.Shared.Next(1_000_000) };
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length || !double.TryParse(args[i + 1].TrimEnd('s'), CultureInfo.InvariantCulture, out var value))
        return Fail($"{args[i]} needs a number.");
    switch (args[i])
    {
        case "--minutes": options = options with { Duration = TimeSpan.FromMinutes(value) }; break;
        case "--seed": options = options with { Seed = (int)value }; break;
        case "--grace":
            options = options with { Grace = TimeSpan.FromSeconds(value), KeepDeleted = TimeSpan.FromSeconds(2.5 * value) };
            break;
        case "--keep": options = options with { KeepDeleted = TimeSpan.FromSeconds(value) }; break;
        case "--actors": options = options with { Actors = (int)value }; break;
        case "--readers": options = options with { Readers = (int)value }; break;
        case "--servers": options = options with { Servers = (int)value }; break;
        case "--collectors": options = options with { Collectors = (int)value }; break;
        case "--faults": options = options with { FaultRate = value }; break;
        case "--kills": options = options with { BetweenKills = TimeSpan.FromSeconds(value) }; break;
        default:
            return Fail($"Unknown argument {args[i]}. Arguments: --minutes, --seed, --grace, --keep, --actors, --readers, --servers, " +
                "--collectors, --faults, --kills.");
    }
}

using var enough = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    // The first Ctrl-C ends the load and verifies; the second ends the process.
    press.Cancel = !enough.IsCancellationRequested;
    enough.Cancel();
};
var report = await SoakRun.RunAsync(options, Console.Error, enough.Token);
Console.WriteLine($"Seed {options.Seed}, {options.Duration.TotalMinutes:0.#} minutes, grace {options.Grace.TotalSeconds:0.#} s, " +
    $"{options.Servers} servers, {options.Actors} clients, {options.Collectors} collectors.\n");
Console.WriteLine(report.ToMarkdown());
Console.WriteLine(report.ToEvidence());
if (report.Failure is { } failure)
{
    Console.WriteLine($"The run failed before its end, so it proves nothing: {failure}");
    return 3;
}
Console.WriteLine(report.Passed ? "No content was lost, and no garbage is left." : "Content was lost, or garbage is left.");
return report.Passed ? 0 : 1;

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 2;
}
