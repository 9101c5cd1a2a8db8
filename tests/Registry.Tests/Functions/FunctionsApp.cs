using System.Text.Json.Nodes;
using Registry.Tests.Clients;
using Xunit;

namespace Registry.Tests.Functions;

/// <summary>The Functions app as it is published, and a host that runs it, open to all callers.</summary>
public sealed class FunctionsApp : IAsyncLifetime
{
    /// <summary>Tests that publish write to the same folders, so they run sequentially.</summary>
    public const string Collection = "Published.FunctionsApp";

    readonly string _folder = Directory.CreateTempSubdirectory("registry-functions-").FullName;

    public FunctionsRegistry Registry { get; private set; } = null!;

    /// <summary>Path of a published file.</summary>
    public string PathOf(string file) => Path.Combine(_folder, file);

    public JsonNode Read(string file) => JsonNode.Parse(File.ReadAllText(PathOf(file)))!;

    /// <summary>Starts another host with a worker of its own, on the same storage.</summary>
    /// <param name="settings">Settings of the app, as Azure passes them.</param>
    public Task<FunctionsRegistry> StartAsync(params IEnumerable<KeyValuePair<string, string>> settings) =>
        FunctionsRegistry.StartAsync(_folder, settings);

    public async Task InitializeAsync()
    {
        var project = Path.Combine(SourceTree.Root, "src", "Functions");
        var publish = await Command.RunAsync(
            "dotnet", ["publish", project, "-o", _folder, "-nodeReuse:false"], SourceTree.Root, timeout: TimeSpan.FromMinutes(10));
        publish.Succeeded();
        Registry = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (Registry is not null) await Registry.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}

[CollectionDefinition(FunctionsApp.Collection)]
public class FunctionsCollection : ICollectionFixture<FunctionsApp>;
