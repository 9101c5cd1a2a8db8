using System.Globalization;
using Registry.Benchmarks;
using Registry.Tests;

// dotnet run -c Release --project tests/Benchmarks -- hashing
// dotnet run -c Release --project tests/Benchmarks -- collecting [--sizes 1000,10000,100000] [--heap MIB] [--rounds N]
// dotnet run -c Release --project tests/Benchmarks -- [--rounds N] [--only bulk,requests,tags,small,memory,growth,pulls]
//     [--plots FOLDER] [--storage CONNECTIONSTRING] [--peer NAME=http://HOST:PORT[,PID]]...
if (args is ["hashing"])
{
    Hashing.Run();
    return 0;
}
if (args is ["collecting", .. var rest])
{
    var sizes = rest.SkipWhile(arg => arg != "--sizes").Skip(1).FirstOrDefault("1000,10000,100000");
    var heap = rest.SkipWhile(arg => arg != "--heap").Skip(1).FirstOrDefault();
    var figures = new Report();
    await Collecting.GrowAsync(sizes.Split(',', StringSplitOptions.RemoveEmptyEntries)
        .Select(size => int.Parse(size, CultureInfo.InvariantCulture)), int.TryParse(heap, out var limit) ? limit : null, figures);
    var times = rest.SkipWhile(arg => arg != "--rounds").Skip(1).FirstOrDefault("6");
    await Collecting.BesidePushesAsync(await SharedAzurite.GetConnectionStringAsync(),
        int.Parse(times, CultureInfo.InvariantCulture), figures);
    Console.WriteLine(figures.ToMarkdown());
    return 0;
}
var rounds = 5;
var only = Work.All.Keys.ToList();
string? connection = null;
string? plots = null;
var peers = new List<string>();
for (var i = 0; i < args.Length; i += 2)
{
    if (i + 1 == args.Length) return Fail($"{args[i]} needs a value.");
    switch (args[i])
    {
        case "--rounds": rounds = int.Parse(args[i + 1], CultureInfo.InvariantCulture); break;
        case "--only": only = [.. args[i + 1].Split(',')]; break;
        case "--storage": connection = args[i + 1]; break;
        case "--plots": plots = args[i + 1]; break;
        case "--peer": peers.Add(args[i + 1]); break;
        default:
            return Fail(
            $"Unknown argument {args[i]}. Arguments: --rounds, --only ({string.Join(',', Work.All.Keys)}), --storage, --peer, --plots.");
    }
}
if (only.Find(name => !Work.All.ContainsKey(name)) is { } unknown)
    return Fail($"Unknown workload {unknown}. Workloads: {string.Join(',', Work.All.Keys)}.");

var folder = Directory.CreateTempSubdirectory("registry-benchmarks-").FullName;
try
{
    var storage = new RawStorage(connection ?? await SharedAzurite.GetConnectionStringAsync());
    await using var ours = await Contestant.StartOursAsync(storage.ConnectionString);
    await using var docker = await Contestant.StartDockerRegistryAsync(Path.Combine(folder, "docker-registry"));
    var all = new List<Contestant> { ours, docker };
    foreach (var peer in peers) all.Add(await Contestant.FindAsync(peer));

    var report = new Report();
    foreach (var name in only)
    {
        // The order rotates with each round, so that other load on the machine affects all alike.
        var prepared = await Work.All[name](all, storage, Path.Combine(folder, name), report);
        for (var round = 0; round < rounds; round++)
        {
            await prepared();
            all.Add(all[0]);
            all.RemoveAt(0);
        }
    }
    Console.WriteLine(report.ToMarkdown());
    if (plots is not null) report.Plot(plots);
    return 0;
}
finally
{
    Directory.Delete(folder, recursive: true);
}

static int Fail(string message)
{
    Console.Error.WriteLine(message);
    return 1;
}
