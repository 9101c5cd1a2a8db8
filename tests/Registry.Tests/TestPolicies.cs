using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Registry.Policies;

namespace Registry.Tests;

/// <summary>Policies for tests.</summary>
static class TestPolicies
{
    public const string Closed = """{"rules":[]}""";

    static readonly string s_secret = RobotSecret.Create();

    /// <summary>Credentials of the robot <c>tests</c>.</summary>
    public static AuthenticationHeaderValue Robot { get; } =
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"tests:{s_secret}")));

    /// <summary>A robot may do this everywhere, and anonymous nothing.</summary>
    public static string RobotMay(params string[] actions) =>
        $$$"""
        {
            "robots": { "tests": { "secrets": [{ "hash": "{{{RobotSecret.Hash(s_secret)}}}", "expires": "2999-01-01" }] } },
            "rules": [{
                "name": "all", "subjects": [{ "robot": "tests" }], "repositories": ["**"],
                "actions": {{{JsonSerializer.Serialize(actions)}}}
            }]
        }
        """;

    /// <summary>Anonymous may do this everywhere, and there are no accounts.</summary>
    public static string AnonymousMay(params string[] actions) =>
        $$"""{"rules":[{"name":"all","subjects":[{"anonymous":true}],"repositories":["**"],""" +
            $$""" "actions":{{JsonSerializer.Serialize(actions)}}}]}""";
}
