using System.Text.Json;

namespace Registry.Tests;

/// <summary>Policies for tests.</summary>
static class TestPolicies
{
    public const string Closed = """{"rules":[]}""";

    /// <summary>Anonymous may do this everywhere, and there are no accounts.</summary>
    public static string AnonymousMay(params string[] actions) =>
        $$"""{"rules":[{"name":"all","subjects":[{"anonymous":true}],"repositories":["**"],""" +
            $$""" "actions":{{JsonSerializer.Serialize(actions)}}}]}""";
}
