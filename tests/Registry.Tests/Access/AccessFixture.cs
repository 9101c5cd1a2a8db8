using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using Registry.Policies;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>
/// A registry with a policy, a trusted issuer, callers of each kind, and an owner client that prepares content.
/// </summary>
/// <remarks>
/// Names of repositories begin with their kind, then the fixture's own prefix: robots and tokens have rights in <c>own</c>,
/// none in <c>foreign</c>; <c>public</c> may be pulled and listed by anyone.
/// </remarks>
public sealed class AccessFixture : IAsyncLifetime
{
    public const string GitHubRepository = "contoso/app";
    public const string Group = "11111111-2222-3333-4444-555555555555";

    readonly Dictionary<string, string> _secrets = [];
    TestRegistry _open = null!;

    public AccessFixture() => Targets = new(this);

    public AccessTargets Targets { get; }

    /// <summary>Prefix of all names; no other test uses it.</summary>
    public string Prefix { get; } = $"access-{Guid.NewGuid():N}";

    public TestRegistry Registry { get; private set; } = null!;

    public TestIssuer Issuer { get; private set; } = null!;

    /// <summary>A client of a registry without a policy on the same storage, to prepare content.</summary>
    public HttpClient Owner => _open.Client;

    public string Policy { get; private set; } = "";

    public async Task InitializeAsync()
    {
        Issuer = await TestIssuer.StartAsync();
        Policy = CreatePolicy().ToJsonString();
        _open = await TestRegistry.StartAsync();
        Registry = await TestRegistry.StartAsync(options => options.Policy = Policy);
    }

    public async Task DisposeAsync()
    {
        await Registry.DisposeAsync();
        await _open.DisposeAsync();
        await Issuer.DisposeAsync();
    }

    public string NewName(string kind) => $"{Prefix}/{kind}/{Guid.NewGuid():N}";

    public string SecretOf(string robot) => _secrets[robot];

    /// <summary>Credentials of a caller: user and password; null for anonymous.</summary>
    public (string User, string Password)? LoginOf(string who) => who switch
    {
        "anonymous" => null,
        "github" => ("github", Issuer.GitHubToken(GitHubRepository)),
        "entra" => ("00000000-0000-0000-0000-000000000000", Issuer.EntraToken([Guid.NewGuid().ToString(), Group])),
        "wrong" => ("owner", RobotSecret.Create()),
        _ => (who, SecretOf(who)),
    };

    public AuthenticationHeaderValue? BasicOf(string who) => LoginOf(who) is var (user, password) ? Basic(user, password) : null;

    public static AuthenticationHeaderValue Basic(string user, string password) =>
        new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes($"{user}:{password}")));

    /// <summary>Requests a token as clients do.</summary>
    public async Task<HttpResponseMessage> AskTokenAsync(AuthenticationHeaderValue? login, params string[] scopes)
    {
        var query = string.Concat(scopes.Select(scope => $"&scope={Uri.EscapeDataString(scope)}"));
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/token?service={Registry.Host}{query}")
        {
            Headers = { Authorization = login },
        };
        return await Registry.Client.SendAsync(request);
    }

    /// <summary>The Authorization header with a token for these scopes.</summary>
    public async Task<AuthenticationHeaderValue> BearerOf(string who, params string[] scopes)
    {
        using var answer = await AskTokenAsync(BasicOf(who), scopes);
        answer.EnsureSuccessStatusCode();
        return new("Bearer", (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["token"]!);
    }

    public async Task<HttpResponseMessage> SendAsync(string method, string path, AuthenticationHeaderValue? login, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = body, Headers = { Authorization = login } };
        return await Registry.Client.SendAsync(request);
    }

    JsonObject CreatePolicy()
    {
        string own = $"{Prefix}/own/**", other = $"{Prefix}/other/**";
        return new()
        {
            ["issuers"] = new JsonObject
            {
                ["ci"] = new JsonObject
                {
                    ["issuer"] = Issuer.Address,
                    ["audiences"] = new JsonArray(TestIssuer.Audience)
                }
            },
            ["robots"] = new JsonObject
            {
                ["reader"] = Robot("reader"),
                ["pusher"] = Robot("pusher"),
                ["owner"] = Robot("owner"),
                ["stranger"] = Robot("stranger")
            },
            ["rules"] = new JsonArray(
                Rule("public", [new JsonObject { ["anonymous"] = true }], $"{Prefix}/public/**", "pull", "list"),
                Rule("readers", [new JsonObject { ["robot"] = "reader" }], own, "pull", "list"),
                Rule("pushers", [new JsonObject { ["robot"] = "pusher" }, Claim("repository", "contoso/*"), Claim("groups", Group)],
                    own, "pull", "push"),
                Rule("owners", [new JsonObject { ["robot"] = "owner" }], own, "admin"),
                Rule("strangers", [new JsonObject { ["robot"] = "stranger" }], other, "admin")),
        };
        static JsonObject Claim(string name, string pattern) =>
            new() { ["issuer"] = "ci", ["claims"] = new JsonObject { [name] = pattern } };
    }

    static JsonObject Rule(string name, JsonArray subjects, string repositories, params string[] actions) => new()
    {
        ["name"] = name,
        ["subjects"] = subjects,
        ["repositories"] = new JsonArray(repositories),
        ["actions"] = new JsonArray([.. actions.Select(action => (JsonNode)action)]),
    };

    JsonObject Robot(string name)
    {
        var secret = _secrets[name] = RobotSecret.Create();
        return new() { ["secrets"] = new JsonArray(new JsonObject { ["hash"] = RobotSecret.Hash(secret), ["expires"] = "2999-01-01" }) };
    }
}
