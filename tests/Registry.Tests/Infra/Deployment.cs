using System.Collections.Concurrent;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Registry.Tests.Infra;

/// <summary>
/// The resources that a deployment of <c>infra/</c> creates, as the compiler predicts them from its parameters: every
/// condition, loop and variable is evaluated, and only what Azure alone knows is left as an expression.
/// </summary>
sealed partial class Deployment
{
    const string Group = "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/rg";

    static readonly ConcurrentDictionary<string, Lazy<Task<Deployment>>> s_deployments = new();

    readonly JsonNode _snapshot;

    Deployment(JsonNode snapshot)
    {
        _snapshot = snapshot;
        Resources = [.. snapshot["predictedResources"]!.AsArray().Select(resource => resource!)];
    }

    public IReadOnlyList<JsonNode> Resources { get; }

    /// <summary>The settings of the function app.</summary>
    public Dictionary<string, string> Settings =>
        Find("Microsoft.Web/sites/config")["properties"]!.AsObject()
            .ToDictionary(setting => setting.Key, setting => Simplify((string)setting.Value!));

    /// <summary>The environment of the container app.</summary>
    public Dictionary<string, string> Environment =>
        Find("Microsoft.App/containerApps")["properties"]!["template"]!["containers"]![0]!["env"]!.AsArray()
            .ToDictionary(variable => (string)variable!["name"]!, variable => Simplify((string)variable!["value"]!));

    /// <summary>The role assignments: scope, role, and the principal if it is known.</summary>
    public IEnumerable<(string Scope, string Role, string Principal)> Roles =>
        OfType("Microsoft.Authorization/roleAssignments").Select(assignment =>
        (Short(ScopeOfAssignment().Match((string)assignment["id"]!).Groups["scope"].Value),
            ((string)assignment["properties"]!["roleDefinitionId"]!).Split('/')[^1],
            Simplify((string)assignment["properties"]!["principalId"]!)));

    /// <param name="parameters">Lines of a parameters file, without the name.</param>
    /// <exception cref="BicepException">The compiler refuses them.</exception>
    public static Task<Deployment> OfAsync(params string[] parameters) =>
        s_deployments.GetOrAdd(string.Join('\n', parameters), static lines => new(() => PredictAsync(lines))).Value;

    public IEnumerable<JsonNode> OfType(string type) => Resources.Where(resource => (string?)resource["type"] == type);

    public JsonNode Find(string type) => OfType(type).Single();

    public JsonNode? Output(string name) => _snapshot["outputs"]![name];

    /// <summary>The part of an id after the resource group.</summary>
    public static string Short(string id) => id.Replace(Group + "/providers/", "", StringComparison.Ordinal);

    /// <summary>Reduces a reference to another resource or module to the property that it reads.</summary>
    public static string Simplify(string value) => Reference().Match(value) is { Success: true } match ? match.Groups["what"].Value : value;

    static async Task<Deployment> PredictAsync(string parameters)
    {
        var file = Path.Combine(Directory.CreateTempSubdirectory("registry-infra-").FullName, "deployment.bicepparam");
        try
        {
            // The compiler accepts no absolute path there.
            var template = Path.GetRelativePath(Path.GetDirectoryName(file)!, Path.Combine(CompiledTemplate.Folder, "main.bicep"));
            await File.WriteAllTextAsync(file, $"using '{template.Replace('\\', '/')}'\nparam name = 'contoso'\n{parameters}\n");
            return new(await BicepCompiler.PredictAsync(file,
                subscription: Group.Split('/')[2], group: Group.Split('/')[4], location: "westeurope"));
        }
        finally
        {
            Directory.Delete(Path.GetDirectoryName(file)!, recursive: true);
        }
    }

    [GeneratedRegex(@"^(\[extensionResourceId\(')?(?<scope>[^']*?)(/providers/Microsoft\.Authorization/.*|'.*)$")]
    private static partial Regex ScopeOfAssignment();

    [GeneratedRegex(@"^\[.*reference\(.*\)(, 'outputs', '(?<what>\w+)', 'value'\)|\.outputs\.(?<what>\w+)\.value|\.(?<what>[\w.]+))\]$")]
    private static partial Regex Reference();
}
