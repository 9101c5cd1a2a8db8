using System.Text.Json;

namespace Registry.Tests;

/// <summary>Policies for tests.</summary>
static class TestPolicies
{
    public const string Closed = """{"rules":[]}""";

    /// <summary>Anyone may do this everywhere, and nobody can log in.</summary>
    public static string AnonymousMay(params string[] actions) =>
        $$"""{"rules":[{"name":"all","subjects":[{"anonymous":true}],"repositories":["**"],"actions":{{JsonSerializer.Serialize(actions)}}}]}""";
}
