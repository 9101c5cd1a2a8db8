using System.Text.Json.Nodes;
using Xunit;

namespace Registry.Tests.Infra;

/// <summary>The compiled template of <c>infra/</c>, as Azure receives it.</summary>
public sealed class CompiledTemplate : IAsyncLifetime
{
    /// <summary>As the compiler wrote it.</summary>
    public string Text { get; private set; } = null!;

    public JsonNode Root { get; private set; } = null!;

    /// <summary>Every resource of every module, with the module's name.</summary>
    public IReadOnlyList<(string Module, JsonNode Resource)> Resources { get; private set; } = null!;

    public static string Folder { get; } = Path.Combine(SourceTree.Root, "infra");

    static readonly Lazy<Task<JsonNode>> s_compiled = new(() => BicepCompiler.CompileAsync(Path.Combine(Folder, "main.bicep")));

    public async Task InitializeAsync()
    {
        Text = (string)(await s_compiled.Value)["contents"]!;
        Root = JsonNode.Parse(Text)!;
        Resources = [.. Flatten("main", Root)];
    }

    public Task DisposeAsync() => Task.CompletedTask;

    /// <summary>The template of a module of <c>main.bicep</c>.</summary>
    public JsonNode Module(string name) => Root["resources"]![name]!["properties"]!["template"]!;

    public IEnumerable<JsonNode> OfType(string type) => Resources.Select(r => r.Resource).Where(r => (string?)r["type"] == type);

    /// <summary>The only resource of a type in a module.</summary>
    public JsonNode Find(string module, string type) =>
        Resources.Single(r => r.Module == module && (string?)r.Resource["type"] == type).Resource;

    static bool IsModule(JsonNode resource) => (string?)resource["type"] == "Microsoft.Resources/deployments";

    static IEnumerable<(string Module, JsonNode Resource)> Flatten(string module, JsonNode template)
    {
        // With symbolic names, resources are an object, which includes conditional ones and loops.
        foreach (var (symbol, resource) in template["resources"]!.AsObject())
        {
            yield return (module, resource!);
            if (!IsModule(resource!)) continue;
            foreach (var inner in Flatten(symbol, resource!["properties"]!["template"]!)) yield return inner;
        }
    }
}
