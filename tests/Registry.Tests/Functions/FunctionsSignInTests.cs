using System.Net;
using Registry.Policies;
using Registry.Tests.Access;
using Registry.Tests.Clients;
using Registry.Tests.Server;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Functions;

/// <summary>Sign-ins at the Functions app: which address they have, and what of them the audit log exports.</summary>
[Collection(FunctionsApp.Collection)]
public class FunctionsSignInTests(FunctionsApp app, ITestOutputHelper output) : ClientTest(app.Registry, output)
{
    /// <summary>Failures that an address may have in a minute.</summary>
    const int Limit = 20;

    readonly string _secret = RobotSecret.Create();

    string Policy => $$"""
        {
          "robots": { "pusher": { "secrets": [{ "hash": "{{RobotSecret.Hash(_secret)}}", "expires": "2999-01-01" }] } },
          "rules": [
            { "name": "pushers", "subjects": [{ "robot": "pusher" }], "repositories": ["{{Name}}/**"], "actions": ["pull", "push"] }
          ]
        }
        """;

    [Fact]
    public async Task Sign_in_is_audited_and_throttled_with_the_address_that_the_front_end_forwards()
    {
        await using var insights = await TelemetryReceiver.StartAsync();
        await using (var registry = await app.StartAsync([new("Registry__Policy", Policy), .. insights.Environment]))
        {
            var (host, client) = (registry.Host, registry.Client);
            await RunAsync($"oras login --plain-http -u pusher -p {_secret} {host}");
            WriteFile("file.txt", Name);
            await RunAsync($"oras push --plain-http {host}/{Name}/app:v1 file.txt");
            await RunAsync($"oras pull --plain-http -o pulled {host}/{Name}/app:v1");
            Assert.Equal(Name, ReadFile("pulled/file.txt"));

            for (var i = 0; i <= Limit; i++)
            {
                // Clients can state anything before what the front end appends.
                var status = await TryAsync(client, $"wrong{i}", $"198.51.100.{i}, 203.0.113.9:50000");
                Assert.Equal(i < Limit ? HttpStatusCode.Unauthorized : HttpStatusCode.TooManyRequests, status);
            }
            Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(client, "wrong", "203.0.113.9, 203.0.113.10:50000"));
            // Shutdown flushes pending telemetry.
            Assert.Equal(0, await registry.Process.SignalAsync("TERM"));
        }
        insights.AssertAudited(("Action", "Push"), ("Identity", "robot:pusher"), ("Rule", "pushers"), ("Repository", $"{Name}/app"));
        insights.AssertAudited(("Action", "Login"), ("Identity", "(unknown)"), ("Address", "203.0.113.9"));
        insights.AssertAudited(("Action", "Login"), ("Identity", "(unknown)"), ("Address", "203.0.113.10"));
        Assert.DoesNotContain("198.51.100.", insights.Received, StringComparison.Ordinal);
    }

    static async Task<HttpStatusCode> TryAsync(HttpClient client, string user, string forwarded)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/token?service=test")
        {
            Headers = { Authorization = AccessFixture.Basic(user, "wrong") },
        };
        request.Headers.Add("X-Forwarded-For", forwarded);
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }
}
