using System.Text.Json.Nodes;
using Registry.FunctionsHost.Protocol;

namespace Registry.FunctionsHost;

/// <summary>A function as the worker describes it: its trigger is the one input binding.</summary>
sealed class Function(FunctionMetadata metadata)
{
    readonly JsonNode _trigger = metadata.Bindings.Select(binding => JsonNode.Parse(binding)!)
        .Single(binding => ((string?)binding["type"])!.EndsWith("Trigger", StringComparison.OrdinalIgnoreCase));

    public string Id => metadata.Id;

    public string Name => metadata.Name;

    /// <summary>For example <c>httpTrigger</c>.</summary>
    public string TriggerType => (string)_trigger["type"]!;

    /// <summary>Parameter that receives the trigger's value.</summary>
    public string Parameter => (string)_trigger["name"]!;

    /// <summary>Of an HTTP trigger, without the prefix of host.json.</summary>
    public string Route => (string?)_trigger["route"] ?? Name;

    /// <summary>Of an HTTP trigger, in capitals.</summary>
    public string[] Methods => [.. _trigger["methods"]!.AsArray().Select(method => ((string)method!).ToUpperInvariant())];

    /// <summary>Of a timer trigger: a cron expression with seconds.</summary>
    public string Schedule => (string)_trigger["schedule"]!;
}
