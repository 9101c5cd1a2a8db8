using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;
using Registry.Policies;
using Registry.Tests.Access;
using Registry.Tests.Server;
using Xunit;

namespace Registry.Tests.Attacks;

/// <summary>An issuer that hangs, and strangers who send tokens that make the server ask it.</summary>
public class IssuerAttackTests
{
    const int Strangers = 150;

    // S12 (docs/design/hardening.md)
    [Fact]
    public async Task Issuer_that_hangs_delays_neither_robots_nor_tokens_with_known_keys()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var hanging = await TestIssuer.StartAsync();
        var folder = Directory.CreateTempSubdirectory("issuers-");
        try
        {
            var secret = RobotSecret.Create();
            var policy = Path.Combine(folder.FullName, "registry.policy.json");
            await File.WriteAllTextAsync(policy, PolicyOf(issuer, hanging, RobotSecret.Hash(secret)));
            var (server, client) = await ServerProcess.StartAsync(["--urls", "http://127.0.0.1:0",
                $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}",
                $"--Registry:PolicyFile={policy}"]);
            await using (server)
            {
                using (client)
                {
                    await AttackAsync(client, issuer, hanging, AccessFixture.Basic("robot", secret));
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    static async Task AttackAsync(HttpClient client, TestIssuer issuer, TestIssuer hanging, AuthenticationHeaderValue robot)
    {
        var known = new AuthenticationHeaderValue("Bearer", issuer.GitHubToken("contoso/app"));
        await ExpectAsync(client, HttpStatusCode.OK, known, seconds: 10);
        // Now both hang: one is known, of the other nothing is.
        issuer.Discovery = issuer.Keys = hanging.Discovery = hanging.Keys = context =>
            Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted);
        issuer.RotateKey();
        var (asked, first) = (issuer.Requests, hanging.Requests);
        var strangers = Enumerable.Range(0, Strangers).Select(i => ExpectAsync(
            client,
            HttpStatusCode.ServiceUnavailable,
            new("Bearer", (i % 2 == 0 ? issuer : hanging).GitHubToken("contoso/app")),
            seconds: 10)).ToList();
        for (var i = 0; i < 20; i++)
        {
            await ExpectAsync(client, HttpStatusCode.OK, known, seconds: 3);
            await ExpectAsync(client, HttpStatusCode.OK, robot, seconds: 3);
        }
        await Task.WhenAll(strangers);
        Assert.InRange(issuer.Requests - asked, 1, 2);
        Assert.InRange(hanging.Requests - first, 1, 4);
    }

    static async Task ExpectAsync(HttpClient client, HttpStatusCode expected, AuthenticationHeaderValue login, int seconds)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = login } };
        var watch = Stopwatch.StartNew();
        using var answer = await client.SendAsync(request);
        Assert.Equal(expected, answer.StatusCode);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(seconds));
    }

    static string PolicyOf(TestIssuer issuer, TestIssuer hanging, string hash) =>
        $$"""
        {
          "issuers": {
            "ci": { "issuer": "{{issuer.Address}}", "audiences": ["{{TestIssuer.Audience}}"] },
            "hanging": { "issuer": "{{hanging.Address}}", "audiences": ["{{TestIssuer.Audience}}"] }
          },
          "robots": { "robot": { "secrets": [{ "hash": "{{hash}}", "expires": "2999-01-01" }] } }
        }
        """;
}
