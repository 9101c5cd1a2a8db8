using System.Globalization;
using Registry.Benchmarks;
using Registry.Tests;

// dotnet run -c Release --project tests/Benchmarks -- hashing
// dotnet run -c Release --project tests/Benchmarks -- collecting [--sizes 1000,10000,100000] [--heap MIB] [--rounds N]
// dotnet run -c Release --project tests/Benchmarks -- distance [--rtt MILLISECONDS] [--rounds N] [REGISTRIES]
// dotnet run -c Release --project tests/Benchmarks -- slow [--clients N] [--rate BYTES] [--limit SECONDS] [--rounds N] [REGISTRIES]
// dotnet run -c Release --project tests/Benchmarks -- [--rounds N] [--only bulk,requests,tags,small,memory,growth,pulls]
//     [--plots FOLDER] [--storage CONNECTIONSTRING] [REGISTRIES]
// REGISTRIES: [--peer NAME=http://HOST:PORT[,PID]] [--peer-build NAME=FOLDER] [--distribution PROGRAM], each as often as needed
string[] registries = ["--peer", "--peer-build", "--distribution"];
var folder = Directory.CreateTempSubdirectory("registry-benchmarks-").FullName;
try
{
    var report = new Report();
    switch (args)
    {
        case ["hashing"]: Hashing.Run(); return 0;
        case ["collecting", .. var rest]: await CollectAsync(Arguments.Parse(rest, "--sizes", "--heap", "--rounds"), report); break;
        case ["distance", .. var rest]:
            await KeepAtDistanceAsync(Arguments.Parse(rest, ["--rtt", "--rounds", .. registries]), report);
            break;
        case ["slow", .. var rest]:
            await SlowDownAsync(Arguments.Parse(rest, ["--clients", "--rate", "--limit", "--rounds", .. registries]), report);
            break;
        default: await CompareAsync(Arguments.Parse(args, ["--rounds", "--only", "--storage", "--plots", .. registries]), report); break;
    }
    Console.WriteLine(report.ToMarkdown());
    return 0;
}
catch (ArgumentException e)
{
    Console.Error.WriteLine(e.Message);
    return 1;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static async Task CollectAsync(Arguments options, Report report)
{
    await Collecting.GrowAsync(options.List("--sizes", "1000,10000,100000").Select(size => int.Parse(size, CultureInfo.InvariantCulture)),
        options.Text("--heap") is { } heap ? int.Parse(heap, CultureInfo.InvariantCulture) : null, report);
    await Collecting.BesidePushesAsync(await SharedAzurite.GetConnectionStringAsync(), options.Number("--rounds", 6), report);
}

async Task KeepAtDistanceAsync(Arguments options, Report report)
{
    var roundTrip = TimeSpan.FromMilliseconds(options.Number("--rtt", 10));
    async Task<string> ConnectAsync() => Distance.Through(await SharedAzurite.NewAccountAsync(), roundTrip);
    var storage = new RawStorage(await ConnectAsync());
    await using var all = await Contestants.StartAsync(options, ConnectAsync, folder);
    await all.RunAsync(options.Number("--rounds", 5), () => Distance.RunAsync(all.InOrder, storage, Path.Combine(folder, "work"), report));
}

async Task SlowDownAsync(Arguments options, Report report)
{
    var slow = new SlowLines(options.Number("--clients", 200), options.Number("--rate", 60_000),
        TimeSpan.FromSeconds(options.Number("--limit", 300)));
    await using var all = await Contestants.StartAsync(options, () => SharedAzurite.NewAccountAsync(), folder);
    await all.RunAsync(options.Number("--rounds", 1), () => slow.RunAsync(all.InOrder, report));
}

async Task CompareAsync(Arguments options, Report report)
{
    var only = options.List("--only", string.Join(',', Work.All.Keys));
    if (only.FirstOrDefault(name => !Work.All.ContainsKey(name)) is { } unknown)
        throw new ArgumentException($"Unknown workload {unknown}. Workloads: {string.Join(',', Work.All.Keys)}.");
    var given = options.Text("--storage");
    var storage = new RawStorage(given ?? await SharedAzurite.GetConnectionStringAsync());
    await using var all = await Contestants.StartAsync(options, given is null ? () => SharedAzurite.NewAccountAsync()
        : () => Task.FromResult(given), folder);
    all.Add(await Contestant.StartDockerRegistryAsync(Path.Combine(folder, "docker-registry")));
    foreach (var name in only)
    {
        var prepared = await Work.All[name](all.InOrder, storage, Path.Combine(folder, name), report);
        await all.RunAsync(options.Number("--rounds", 5), prepared);
    }
    if (options.Text("--plots") is { } plots) report.Plot(plots);
}
