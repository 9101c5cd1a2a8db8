#:property PublishAot=false
// What the registry costs in a month: prints the tables of docs/use/cost.md. dotnet run docs/use/cost.cs -- --help
using System.Globalization;

// What storage is asked for, by its classes of billing. CostTests measures these rows and compares.
Operation[] operations =
[
    new("HEAD of a blob that exists", 1, 0, 0, 0, 1),
    new("HEAD of a blob that is missing", 1, 0, 0, 0, 1),
    new("New blob in one PUT (oras, helm, containerd), under 4 MiB", 2, 1, 0, 0, 2),
    new("New blob in one PUT, 40 MiB", 2, 11, 0, 0, 2),
    new("New blob by PATCH (crane, docker, skopeo), 40 MiB", 3, 12, 0, 0, 4),
    new("Manifest pushed by tag", 1, 0, 0, 0, 2),
    new("Manifest pulled by tag, seen before by the instance", 1, 0, 0, 0, 1),
    new("Manifest pulled by tag, cold", 1, 0, 0, 0, 2),
    new("Blob pulled, redirected (the client's read is billed, too)", 1, 0, 1, 0, 1),
    new("Blob pulled through the registry", 1, 0, 1, 0, 1),
    new("Page of tags or referrers", 1, 0, 0, 0, 1),
];

Setting[] prices =
[
    new("blob-write", 0.055, "per 10,000 writes", "Microsoft Learn, blob-storage-estimate-costs (a sample sheet), LRS hot"),
    new("blob-read", 0.0044, "per 10,000 reads and others", "the same"),
    new("blob-gb", 0.0208, "per GB and month", "the same"),
    new("table", 0.00036, "per 10,000 table transactions", "from memory: check"),
    new("function-gbs", 0.000026, "per GB-second", "modal.com, azure-function-pricing-guide (2025-05)"),
    new("function-gbs-free", 100_000, "GB-seconds free a month", "the same"),
    new("function-calls", 0.40, "per million requests", "from memory: check"),
    new("function-calls-free", 250_000, "requests free a month", "from memory: check"),
    new("telemetry-gb", 2.30, "per GB of telemetry", "from memory: check"),
    new("telemetry-gb-free", 5, "GB free a month", "from memory: check"),
    new("container-vcpu", 0.000024, "per vCPU-second", "from memory: check"),
    new("container-gib", 0.000003, "per GiB-second", "from memory: check"),
    new("container-vcpu-free", 180_000, "vCPU-seconds free a month", "Microsoft Learn, container-apps/billing"),
    new("container-gib-free", 360_000, "GiB-seconds free a month", "the same"),
    new("alerts", 3.10, "for the three alerts a month", "from memory: check"),
    new("endpoint", 7.30, "per private endpoint and month", "from memory: check"),
    new("acr-basic", 0.167, "per day, 10 GB included", "Microsoft Learn, container-registry-skus"),
    new("acr-standard", 0.667, "per day, 100 GB included", "c3x.dev, azurerm_container_registry"),
    new("acr-premium", 1.667, "per day, 500 GB included", "the same"),
    new("acr-gb", 0.003, "per further GB and day", "Microsoft Learn, container-registry-skus"),
];

Setting[] assumptions =
[
    new("layers", 6, "layers of an image"),
    new("new-layers", 2, "of them new in a push, 40 MiB each"),
    new("pulled-layers", 3, "of them fetched by a pull; the others are there already"),
    new("soft-delete-days", 7, "days that staged copies of PATCH clients (crane, docker, skopeo) are billed after the push"),
    new("push-seconds", 6, "seconds an instance is busy with a push"),
    new("pull-seconds", 1.5, "seconds an instance is busy with a pull; never less than one is billed"),
    new("instance-gb", 2, "GB of an instance"),
    new("telemetry-kb", 1.5, "KB of telemetry for a request"),
    new("container-seconds", 330, "seconds the container stays up for a push; 300 of them after it"),
    new("pushes-together", 3, "pushes that share such a time"),
];

// Days of 24 hours, 30 to the month.
Team[] teams = [new("5 developers", 20, 100, 20), new("60 developers, CI", 300, 3_000, 300), new("1,000 developers, clusters", 3_000, 60_000, 3_000)];

var all = prices.Concat(assumptions).ToDictionary(setting => setting.Name);
if (args.Contains("--help"))
{
    Console.WriteLine("Each of these takes another number: --blob-write 0.06 …");
    foreach (var setting in all.Values) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  --{setting.Name,-20} {setting.Value,10:0.########}  {setting.Unit}"));
    Console.WriteLine("  --team PUSHES PULLS GB            a team of your own: pushes and pulls a day, gigabytes stored");
    return 0;
}
for (var i = 0; i < args.Length; i++)
{
    if (args[i] == "--team" && i + 3 < args.Length)
    {
        teams = [new("your team", Number(args[i + 1]), Number(args[i + 2]), Number(args[i + 3]))];
        i += 3;
    }
    else if (args[i].StartsWith("--", StringComparison.Ordinal) && all.TryGetValue(args[i][2..], out var setting) && i + 1 < args.Length)
    {
        all[setting.Name] = setting with { Value = Number(args[++i]) };
    }
    else
    {
        Console.Error.WriteLine($"There is no option {args[i]}, or it lacks its value; --help lists them.");
        return 1;
    }
}

Console.WriteLine("| a client's request | requests | blob writes | blob reads | blob others | table |");
Console.WriteLine("| --- | --- | --- | --- | --- | --- |");
foreach (var o in operations) Console.WriteLine($"| {o.Name} | {o.Requests} | {o.Writes} | {o.Reads} | {o.Others} | {o.Table} |");
Console.WriteLine();

Console.WriteLine("| price | $ | | source |");
Console.WriteLine("| --- | --- | --- | --- |");
foreach (var price in prices) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| `{price.Name}` | {all[price.Name].Value:0.########} | {price.Unit} | {price.Source} |"));
Console.WriteLine();

Console.WriteLine("| assumption | | |");
Console.WriteLine("| --- | --- | --- |");
foreach (var assumption in assumptions) Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| `{assumption.Name}` | {all[assumption.Name].Value:0.########} | {assumption.Unit} |"));
Console.WriteLine();

Console.WriteLine("| $ a month | " + string.Join(" | ", teams.Select(team => team.Name)) + " |");
Console.WriteLine("| --- |" + string.Concat(teams.Select(_ => " --- |")));
Print("pushes and pulls a day", team => string.Create(CultureInfo.InvariantCulture, $"{team.Pushes:N0}, {team.Pulls:N0}"));
Print("stored", team => string.Create(CultureInfo.InvariantCulture, $"{team.Gigabytes:N0} GB"));
Print("stored bytes", team => Money(Stored(team)));
Print("storage transactions", team => Money(Transactions(team)));
Print("Functions", team => Money(Functions(team)));
Print("staged copies under soft delete", team => Money(SoftDeleted(team)));
Print("telemetry", team => Money(Telemetry(team)));
Print("alerts", _ => Money(Of("alerts")));
Print("**all of it**", team => $"**{Money(Stored(team) + Transactions(team) + Functions(team) + SoftDeleted(team) + Telemetry(team) + Of("alerts"))}**");
Print("the upload container besides", team => Money(Container(team)));
Print("private endpoints besides (4)", _ => Money(4 * Of("endpoint")));
Print("Azure Container Registry Basic, Standard, Premium", team => string.Join(", ", new[] { ("acr-basic", 10), ("acr-standard", 100), ("acr-premium", 500) }
    .Select(tier => Money(30 * (Of(tier.Item1) + (Math.Max(0, team.Gigabytes - tier.Item2) * Of("acr-gb")))))));
return 0;

double Of(string name) => all[name].Value;

double Above(double amount, string free) => Math.Max(0, amount - Of(free));

double Stored(Team team) => team.Gigabytes * Of("blob-gb");

// 40 MiB a layer.
double SoftDeleted(Team team) => team.Pushes * Of("new-layers") * 40 / 1024 * Of("soft-delete-days") * Of("blob-gb");

double Telemetry(Team team) => Above(Requests(team) * Of("telemetry-kb") / 1e6, "telemetry-gb-free") * Of("telemetry-gb");

// A push: HEAD of every layer, the config and the tag, the new ones by PATCH, the manifest. A pull: HEAD and GET of the manifest, config and layers.
(Operation Operation, double Times)[] Push() =>
    [(operations[0], Of("layers") - Of("new-layers")), (operations[1], Of("new-layers") + 2), (operations[4], Of("new-layers")), (operations[2], 1), (operations[5], 1)];

(Operation Operation, double Times)[] Pull() => [(operations[6], 2), (operations[8], Of("pulled-layers") + 1)];

double Sum(Team team, Func<Operation, double> of) => 30 * ((team.Pushes * Push().Sum(p => p.Times * of(p.Operation))) + (team.Pulls * Pull().Sum(p => p.Times * of(p.Operation))));

double Requests(Team team) => Sum(team, operation => operation.Requests);

double Transactions(Team team) => Sum(team, o => (o.Writes * Of("blob-write")) + ((o.Reads + o.Others) * Of("blob-read")) + (o.Table * Of("table"))) / 10_000;

double Functions(Team team) =>
    (Above(30 * ((team.Pushes * Of("push-seconds")) + (team.Pulls * Math.Max(1, Of("pull-seconds")))) * Of("instance-gb"), "function-gbs-free") * Of("function-gbs"))
    + (Above(Requests(team), "function-calls-free") / 1e6 * Of("function-calls"));

// Half a core and one GiB.
double Container(Team team)
{
    var seconds = Math.Min(30 * 86_400, 30 * team.Pushes / Of("pushes-together") * Of("container-seconds"));
    return (Above(seconds / 2, "container-vcpu-free") * Of("container-vcpu")) + (Above(seconds, "container-gib-free") * Of("container-gib"));
}

void Print(string name, Func<Team, string> value) => Console.WriteLine($"| {name} | {string.Join(" | ", teams.Select(value))} |");

static string Money(double dollars) => dollars.ToString("0.00", CultureInfo.InvariantCulture);

static double Number(string text)
{
    if (double.TryParse(text, CultureInfo.InvariantCulture, out var number)) return number;
    Console.Error.WriteLine($"'{text}' is not a number.");
    Environment.Exit(1);
    return 0;
}

sealed record Operation(string Name, int Requests, int Writes, int Reads, int Others, int Table);

sealed record Setting(string Name, double Value, string Unit, string Source = "");

sealed record Team(string Name, double Pushes, double Pulls, double Gigabytes);
