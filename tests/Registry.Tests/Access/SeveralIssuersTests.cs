using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Registry.Policies;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>Identities that look alike: of two issuers, of one that takes the place of another, of an issuer and of a robot.</summary>
public sealed class SeveralIssuersTests : IAsyncLifetime
{
    const string Repository = "contoso/app";

    readonly string _name = TestRegistry.NewName();
    readonly string _file = Path.GetTempFileName();
    readonly string _secret = RobotSecret.Create();
    readonly Clock _clock = new();
    TestIssuer _one = null!;
    TestIssuer _other = null!;
    TestRegistry _registry = null!;

    public async Task InitializeAsync()
    {
        (_one, _other) = (await TestIssuer.StartAsync(), await TestIssuer.StartAsync());
        await WriteAsync(_one, _other);
        _registry = await TestRegistry.StartAsync(options => options.PolicyFile = _file, _clock);
    }

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _one.DisposeAsync();
        await _other.DisposeAsync();
        File.Delete(_file);
    }

    [Fact]
    public async Task Same_claims_of_another_issuer_are_another_identity()
    {
        foreach (var (issuer, own, foreign) in new[] { (_one, "one", "other"), (_other, "other", "one") })
        {
            var token = issuer.GitHubToken(Repository);
            Assert.Equal(HttpStatusCode.NotFound, await GetAsync($"/v2/{_name}/{own}/tags/list", new("Bearer", token)));
            Assert.Equal(HttpStatusCode.Forbidden, await GetAsync($"/v2/{_name}/{foreign}/tags/list", new("Bearer", token)));
        }
    }

    [Fact]
    public async Task Subject_that_is_the_name_of_a_robot_is_not_the_robot()
    {
        var path = $"/v2/{_name}/robot/tags/list";
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(path, AccessFixture.Basic("ci", _secret)));
        foreach (var subject in new[] { "ci", "robot:ci" })
            Assert.Equal(HttpStatusCode.Forbidden, await GetAsync(path, new("Bearer", _one.Sign(_one.Claims(subject)))));
    }

    /// <summary>All that the former issuer of this name has vouched for ends: its tokens, and those that they were exchanged for.</summary>
    [Fact]
    public async Task Issuer_that_is_replaced_under_its_name_is_not_trusted_any_more()
    {
        var former = _one.GitHubToken(Repository);
        var (access, refresh) = await ExchangeAsync(former);
        await using var successor = await TestIssuer.StartAsync();
        await WriteAsync(successor, _other);
        _clock.Skew = TimeSpan.FromSeconds(5);
        var path = $"/v2/{_name}/one/tags/list";
        Assert.Equal(HttpStatusCode.NotFound, await GetAsync(path, new("Bearer", successor.GitHubToken(Repository))));
        foreach (var login in new[] { new("Bearer", former), new("Bearer", access), AccessFixture.Basic("any", refresh) })
            Assert.Equal(HttpStatusCode.Unauthorized, await GetAsync(path, login));
    }

    /// <summary>They may be personal, and headers have a limit.</summary>
    [Fact]
    public async Task Claims_that_no_rule_requires_are_not_copied_into_tokens()
    {
        var (small, _) = await ExchangeAsync(_one.Sign(_one.Claims("x", ("repository", Repository))));
        var (large, _) = await ExchangeAsync(_one.Sign(_one.Claims("x", ("repository", Repository), ("more", new string('x', 3000)))));
        Assert.Equal(small.Length, large.Length);
    }

    Task WriteAsync(TestIssuer one, TestIssuer other)
    {
        JsonObject Issuer(TestIssuer issuer) => new() { ["issuer"] = issuer.Address, ["audiences"] = new JsonArray(TestIssuer.Audience) };
        JsonObject Rule(string name, JsonObject subject) => new()
        {
            ["name"] = name,
            ["subjects"] = new JsonArray(subject),
            ["repositories"] = new JsonArray($"{_name}/{name}"),
            ["actions"] = new JsonArray("pull"),
        };
        JsonObject Claim(string issuer) =>
            new() { ["issuer"] = issuer, ["claims"] = new JsonObject { ["repository"] = Repository } };
        var secrets = new JsonArray(new JsonObject { ["hash"] = RobotSecret.Hash(_secret), ["expires"] = "2999-01-01" });
        return File.WriteAllTextAsync(_file, new JsonObject
        {
            ["issuers"] = new JsonObject { ["one"] = Issuer(one), ["other"] = Issuer(other) },
            ["robots"] = new JsonObject { ["ci"] = new JsonObject { ["secrets"] = secrets } },
            ["rules"] = new JsonArray(Rule("one", Claim("one")), Rule("other", Claim("other")),
                Rule("robot", new JsonObject { ["robot"] = "ci" })),
        }.ToJsonString());
    }

    async Task<(string Access, string Refresh)> ExchangeAsync(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/token?offline_token=true&scope=repository:{_name}/one:pull");
        request.Headers.Authorization = AccessFixture.Basic("any", token);
        using var answer = await _registry.Client.SendAsync(request);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
        return ((string)document["token"]!, (string)document["refresh_token"]!);
    }

    async Task<HttpStatusCode> GetAsync(string path, AuthenticationHeaderValue login)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path) { Headers = { Authorization = login } };
        using var answer = await _registry.Client.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>The policy file is read again after some seconds, which it skips.</summary>
    sealed class Clock : TimeProvider
    {
        public TimeSpan Skew { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Skew.TotalSeconds * TimestampFrequency);
    }
}
