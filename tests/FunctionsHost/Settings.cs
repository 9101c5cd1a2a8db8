using System.Globalization;
using System.Reflection;
using System.Text.Json.Nodes;

namespace Registry.FunctionsHost;

/// <summary>What the command line, environment and <c>local.settings.json</c> say.</summary>
/// <param name="App">Folder of the built or published Functions app.</param>
/// <param name="Port">Port on 127.0.0.1; 0 for a free one.</param>
/// <param name="Data">Data folder of the Azurite that is started unless the settings name a storage account.</param>
/// <param name="Values">Settings of the app, its environment variables.</param>
sealed record Settings(string App, int Port, string Data, Dictionary<string, string> Values)
{
    const long DefaultBodyLimit = 104_857_600;

    const string Storage = "Registry__Storage__ConnectionString";

    /// <summary>Says that Azurite runs on its usual ports; here it is started, on free ones.</summary>
    const string Azurite = "UseDevelopmentStorage=true";

    public bool NeedsAzurite => Values.GetValueOrDefault(Storage) == Azurite && !Values.ContainsKey("Registry__Storage__BlobUri");

    /// <summary>In bytes.</summary>
    public long BodyLimit =>
        long.TryParse(Values.GetValueOrDefault("FUNCTIONS_REQUEST_BODY_SIZE_LIMIT"), CultureInfo.InvariantCulture, out var limit)
            ? limit
            : DefaultBodyLimit;

    /// <summary>Precedes all routes, without slashes.</summary>
    public string RoutePrefix =>
        (string?)Parse(Path.Combine(App, "host.json"))["extensions"]?["http"]?["routePrefix"] ?? "api";

    public static Settings Read(string[] args)
    {
        var options = new ConfigurationBuilder().AddCommandLine(args).Build();
        var app = Path.GetFullPath(options["app"] ?? typeof(Settings).Assembly.GetCustomAttributes<AssemblyMetadataAttribute>()
            .Single(attribute => attribute.Key == "App").Value!);
        var port = int.Parse(options["port"] ?? "7071", CultureInfo.InvariantCulture);
        return new(app, port, Path.GetFullPath(options["data"] ?? "data"), ReadValues(app));
    }

    public void Use(string connectionString) => Values[Storage] = connectionString;

    /// <summary>As for <c>func start</c>, variables of the environment win; without a file of the user's, the sample counts.</summary>
    static Dictionary<string, string> ReadValues(string app)
    {
        var file = Path.Combine(app, "local.settings.json");
        if (!File.Exists(file)) file = Path.Combine(AppContext.BaseDirectory, "local.settings.sample.json");
        var values = Parse(file)[nameof(Values)]!.AsObject().ToDictionary(value => value.Key, value => (string)value.Value!);
        foreach (var name in values.Keys.ToList())
            if (Environment.GetEnvironmentVariable(name) is { } value) values[name] = value;
        return values;
    }

    static JsonNode Parse(string file) => JsonNode.Parse(File.ReadAllText(file))!;
}
