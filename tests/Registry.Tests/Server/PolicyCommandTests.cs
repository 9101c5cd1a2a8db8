using System.Net;
using System.Text.RegularExpressions;
using Registry.Tests.Access;
using Xunit;

namespace Registry.Tests.Server;

/// <summary>The policy commands, and a server with a policy.</summary>
public sealed partial class PolicyCommandTests : IDisposable
{
    const string Empty = """{ "robots": { "idle": { "secrets": [] } }, "rules": [] }""";

    /// <summary>The policy file is read again after five seconds.</summary>
    static readonly TimeSpan s_untilLookedAt = TimeSpan.FromSeconds(5);

    readonly string _folder = Directory.CreateTempSubdirectory("registry-policy-").FullName;

    string File => Path.Combine(_folder, "registry.policy.json");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Robot_is_added_rotated_and_revoked_while_the_registry_runs()
    {
        await WriteAsync(Empty);
        var (clock, log) = (new Clock(), new LogCollector());
        await using var registry = await TestRegistry.StartAsync(options => options.PolicyFile = File, clock, log);
        var client = registry.Client;
        var (secret, line) = await NewRobotAsync("ci");
        Assert.Equal(HttpStatusCode.Unauthorized, await LoginAsync(client, "ci", secret));

        await WriteAsync($$"""{ "robots": { {{line}} }, "rules": [] }""");
        clock.Skew += s_untilLookedAt;
        Assert.Equal(HttpStatusCode.OK, await LoginAsync(client, "ci", secret));
        // An incomplete edit neither closes nor opens the registry, and nor does a file that is gone.
        foreach (var damage in new[] { () => WriteAsync("""{ "robots": { """), () => Task.Run(() => System.IO.File.Delete(File)) })
        {
            await damage();
            clock.Skew += s_untilLookedAt;
            Assert.Equal(HttpStatusCode.OK, await LoginAsync(client, "ci", secret));
            Assert.Equal(HttpStatusCode.Unauthorized, await LoginAsync(client, "ci", "wrong"));
        }
        Assert.Contains(log.Entries, entry => entry.Text.Contains("the previous policy stays in force", StringComparison.Ordinal));

        var (other, otherLine) = await NewRobotAsync("ci", "--expires", "2999-12-31");
        await WriteAsync($$"""{ "robots": { {{otherLine}} }, "rules": [] }""");
        clock.Skew += s_untilLookedAt;
        Assert.Equal(HttpStatusCode.OK, await LoginAsync(client, "ci", other));
        Assert.Equal(HttpStatusCode.Unauthorized, await LoginAsync(client, "ci", secret));
        await WriteAsync(Empty);
        clock.Skew += s_untilLookedAt;
        Assert.Equal(HttpStatusCode.Unauthorized, await LoginAsync(client, "ci", other));
        Assert.DoesNotContain(log.Entries, entry => entry.Text.Contains(secret, StringComparison.Ordinal));
        Assert.Contains(log.Entries, entry => entry.Category == "Registry.Audit");
    }

    [Theory]
    [InlineData(0, "Yes, by rule 'public'", "anonymous", "pull", "public/app")]
    [InlineData(2, "No", "anonymous", "push", "public/app")]
    [InlineData(0, "may pull, push in team/app", "robot:ci", "push", "team/app")]
    [InlineData(2, "may do nothing in other/app", "robot:ci", "push", "other/app")]
    [InlineData(0, "by rule 'main'", "github:repository=contoso/app,ref=refs/heads/main", "overwrite", "team/app")]
    [InlineData(2, "No", "github:repository=contoso/app,ref=refs/heads/dev", "overwrite", "team/app")]
    [InlineData(0, "But tags v*, stable cannot be moved or deleted once they exist, by rule 'releases'.",
        "github:repository=contoso/app,ref=refs/heads/main", "overwrite", "team/app")]
    [InlineData(1, "no robot 'cd'", "robot:cd", "push", "team/app")]
    [InlineData(1, "is not an identity", "gitlab:sub=x", "push", "team/app")]
    [InlineData(1, "is not a claim", "github:main", "push", "team/app")]
    [InlineData(1, "Unknown action 'write'", "anonymous", "write", "team/app")]
    [InlineData(1, "not the name of a repository", "anonymous", "pull", "Team")]
    public async Task Policy_test_reports_permissions_of_a_principal(int exitCode, string expected, params string[] question)
    {
        await WriteAsync($$"""
            {
              "issuers": { "github": { "issuer": "https://token.actions.githubusercontent.com", "audiences": ["registry.example.com"] } },
              "robots": { "ci": { "secrets": [] } },
              "rules": [
                { "name": "public", "subjects": [{ "anonymous": true }], "repositories": ["public/**"], "actions": ["pull"] },
                { "name": "ci", "subjects": [{ "robot": "ci" }], "repositories": ["team/**"], "actions": ["pull", "push"] },
                { "name": "main", "subjects": [{ "issuer": "github", "claims": { "repository": "contoso/app", "ref": "refs/heads/main" } }],
                  "repositories": ["team/**"], "actions": ["push", "overwrite"] }
              ],
              "tags": [{ "name": "releases", "repositories": ["team/*"], "tags": ["v*", "stable"], "mode": "locked" }],
              "retention": [{ "name": "builds", "repositories": ["**"], "tags": ["pr-*"], "keepNewest": 10, "untaggedDays": 7 }]
            }
            """);
        var check = await ServerProcess.RunAsync(["policy", "check", File]);
        Assert.True(check.ExitCode == 0, check.Output);
        var test = await ServerProcess.RunAsync(["policy", "test", File, .. question]);
        Assert.True(test.ExitCode == exitCode && test.Output.Contains(expected, StringComparison.Ordinal), test.Output);
    }

    [Theory]
    [InlineData("""{ "tags": [{ "name": "x", "repositories": ["**"], "tags": ["*"], "mode": "frozen" }] }""", "unknown mode 'frozen'")]
    [InlineData("""{ "retention": [{ "name": "x", "repositories": ["**"], "keepNewest": 0 }] }""", "keepNewest must be")]
    public async Task Policy_check_reports_an_invalid_policy(string policy, string expected)
    {
        await WriteAsync(policy);
        var (exitCode, output) = await ServerProcess.RunAsync(["policy", "check", File]);
        Assert.True(exitCode == 1 && output.Contains(expected, StringComparison.Ordinal), output);
    }

    [Theory]
    [InlineData("is not a day", "robot", "new", "ci", "--expires", "tomorrow")]
    [InlineData("name for a robot", "robot", "new", "CI")]
    [InlineData("The commands are", "policy")]
    [InlineData("The commands are", "robot", "old", "ci")]
    [InlineData("nowhere.json", "policy", "check", "nowhere.json")]
    public async Task Invalid_commands_print_the_usage(string expected, params string[] args)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(args);
        Assert.True(exitCode == 1 && output.Contains(expected, StringComparison.Ordinal), output);
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal);
    }

    /// <summary>As Kubernetes mounts a ConfigMap: the file is a link into a folder that is a link, which is replaced.</summary>
    [Fact]
    public async Task Policy_file_behind_symbolic_links_is_reloaded()
    {
        foreach (var (version, policy) in new[] { ("..1", """{ "robots": { "ci": { "secrets": [] } }, "rules": [] }"""),
            ("..2", """{ "rules": [] }""") })
        {
            Directory.CreateDirectory(Path.Combine(_folder, version));
            await System.IO.File.WriteAllTextAsync(Path.Combine(_folder, version, "policy.json"), policy);
        }
        var (data, link) = (Path.Combine(_folder, "..data"), Path.Combine(_folder, "policy.json"));
        Directory.CreateSymbolicLink(data, Path.Combine(_folder, "..1"));
        System.IO.File.CreateSymbolicLink(link, Path.Combine(data, "policy.json"));
        var clock = new Clock();
        await using var registry = await TestRegistry.StartAsync(options => options.PolicyFile = link, clock);
        Assert.Equal(HttpStatusCode.Unauthorized, await LoginAsync(registry.Client, null, ""));
        Directory.Delete(data);
        Directory.CreateSymbolicLink(data, Path.Combine(_folder, "..2"));
        clock.Skew += s_untilLookedAt;
        Assert.Equal(HttpStatusCode.OK, await LoginAsync(registry.Client, null, ""));
    }

    /// <summary>
    /// DNS rebinding: a page of another host whose name resolves to this machine's address is not a local program.
    /// </summary>
    [Fact]
    public async Task Open_server_answers_to_its_own_host_names_only()
    {
        var (server, client) = await ServerProcess.StartAsync(["--urls",
            "http://127.0.0.1:0", $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}"]);
        await using var ended = server;
        foreach (var (host, expected) in new[] { ("evil.example.com", HttpStatusCode.BadRequest),
            ("localhost", HttpStatusCode.OK), ("127.0.0.1:1", HttpStatusCode.OK) })
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Host = host } };
            using var answer = await client.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
        }
        foreach (var (name, value, expected) in new[]
        {
            ("Origin", "http://evil.example.com", HttpStatusCode.Forbidden),
            ("Origin", "http://localhost:1", HttpStatusCode.Forbidden),
            ("Origin", "null", HttpStatusCode.Forbidden),
            ("Origin", $"https://{client.BaseAddress!.Authority}", HttpStatusCode.Forbidden),
            ("Origin", client.BaseAddress.GetLeftPart(UriPartial.Authority), HttpStatusCode.Accepted),
            ("Sec-Fetch-Site", "cross-site", HttpStatusCode.Forbidden),
            ("Sec-Fetch-Site", "same-origin", HttpStatusCode.Accepted),
            ("Sec-Fetch-Site", "none", HttpStatusCode.Accepted),
            // S15 (docs/design/hardening.md): each kind of proxy has its own
            ("X-Forwarded-For", "203.0.113.7", HttpStatusCode.Forbidden),
            ("Akamai-Origin-Hop", "1", HttpStatusCode.Forbidden),
            ("WL-Proxy-Client-IP", "203.0.113.7", HttpStatusCode.Forbidden),
            ("X-Varnish", "32770", HttpStatusCode.Forbidden),
            ("X-Cloud-Trace-Context", "1/2", HttpStatusCode.Forbidden),
            ("x-forwarded-host", "registry.example.com", HttpStatusCode.Forbidden),
            ("Forwarded", "for=203.0.113.7", HttpStatusCode.Forbidden),
            ("Via", "1.1 proxy", HttpStatusCode.Forbidden),
            ("X-Real-IP", "203.0.113.7", HttpStatusCode.Forbidden),
            ("X-Original-For", "203.0.113.7", HttpStatusCode.Forbidden),
            ("True-Client-IP", "203.0.113.7", HttpStatusCode.Forbidden),
            ("CF-Connecting-IP", "203.0.113.7", HttpStatusCode.Forbidden),
            ("X-Azure-FDID", "a", HttpStatusCode.Forbidden),
            ("X-Envoy-External-Address", "203.0.113.7", HttpStatusCode.Forbidden),
            ("X-Request-Id", "a", HttpStatusCode.Accepted),
        })
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/{TestRegistry.NewName()}/blobs/uploads/");
            request.Headers.Add(name, value);
            using var answer = await client.SendAsync(request);
            Assert.Equal((name, value, expected), (name, value, answer.StatusCode));
        }
        // A link to a page may be followed from anywhere; the API is no page, and other requests that resemble navigation are
        // refused.
        foreach (var (method, path, mode, destination, expected) in new[]
        {
            ("GET", "/ui/a", "navigate", "document", HttpStatusCode.OK),
            ("GET", "/ui/a", "navigate", "iframe", HttpStatusCode.Forbidden),
            ("GET", "/ui/a", "no-cors", "document", HttpStatusCode.Forbidden),
            ("GET", "/ui/a", "websocket", "websocket", HttpStatusCode.Forbidden),
            ("HEAD", "/ui/a", "navigate", "document", HttpStatusCode.Forbidden),
            ("GET", "/v2/", "navigate", "document", HttpStatusCode.Forbidden),
            ("GET", "/V2/_catalog", "navigate", "document", HttpStatusCode.Forbidden),
            ("GET", "/%76%32/_catalog", "navigate", "document", HttpStatusCode.Forbidden),
            ("POST", "/v2/a/blobs/uploads/", "navigate", "document", HttpStatusCode.Forbidden),
        })
        {
            using var request = new HttpRequestMessage(new(method), path);
            request.Headers.Add("Sec-Fetch-Site", "cross-site");
            request.Headers.Add("Sec-Fetch-Mode", mode);
            request.Headers.Add("Sec-Fetch-Dest", destination);
            using var answer = await client.SendAsync(request);
            Assert.Equal((method, path, mode, destination, expected), (method, path, mode, destination, answer.StatusCode));
        }
    }

    [Fact]
    public async Task Behind_a_proxy_challenge_and_audit_log_have_the_client_facing_address()
    {
        await WriteAsync("""{ "robots": { "ci": { "secrets": [] } }, "rules": [] }""");
        var (server, client) = await ServerProcess.StartAsync(
            ["--urls", "http://127.0.0.1:0", $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}",
                $"--Registry:PolicyFile={File}", "--AllowedHosts=registry.example.com"],
            new KeyValuePair<string, string>("ASPNETCORE_FORWARDEDHEADERS_ENABLED", "true"));
        await using var ended = server;
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/a/tags/list") { Headers = { Host = "registry.example.com" } };
        request.Headers.Add("X-Forwarded-Proto", "https");
        // P10 (docs/design/hardening.md): proxies pass on what clients send, so it must not decide where credentials go.
        request.Headers.Add("X-Forwarded-Host", "evil.example.com");
        request.Headers.Add("X-Forwarded-For", "203.0.113.7");
        // Challenges to requests without credentials are not logged one by one.
        request.Headers.Authorization = new("Basic", Convert.ToBase64String("ci:wrong"u8));
        using var answer = await client.SendAsync(request);
        Assert.Contains("realm=\"https://registry.example.com/v2/token\"",
            answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        await server.WaitForOutputAsync("Registry.Audit");
        await server.WaitForOutputAsync("from 203.0.113.7");
        using var wrong = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Host = "evil.example.com" } };
        using var refused = await client.SendAsync(wrong);
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
    }

    // P10
    [Fact]
    public async Task Public_url_is_in_challenges_and_locations_whatever_the_proxy_sends()
    {
        var storage = $"--Registry:Storage:ConnectionString={await SharedAzurite.GetConnectionStringAsync()}";
        await WriteAsync("""
            { "robots": { "ci": { "secrets": [] } },
              "rules": [{ "name": "all", "subjects": [{ "anonymous": true }], "repositories": ["test/**"], "actions": ["pull", "push"] }] }
            """);
        var (server, client) = await ServerProcess.StartAsync(null, storage,
            $"--Registry:PolicyFile={File}", "--Registry:PublicUrl=https://registry.example.com");
        await using var ended = server;
        using var challenged = await client.GetAsync("/v2/a/tags/list");
        Assert.Contains("realm=\"https://registry.example.com/v2/token\",service=\"registry.example.com\"",
            challenged.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
        var uploads = $"/v2/{TestRegistry.NewName()}/blobs/uploads/";
        var content = OciContent.RandomBytes(10);
        foreach (var target in new[] { uploads, $"{uploads}?digest={OciContent.DigestOf(content)}" })
        {
            using var answer = await client.PostAsync(target, new ByteArrayContent(content));
            Assert.StartsWith("https://registry.example.com/v2/test/", answer.Headers.Location!.ToString(), StringComparison.Ordinal);
        }
    }

    Task WriteAsync(string policy) => System.IO.File.WriteAllTextAsync(File, policy);

    static async Task<(string Secret, string Line)> NewRobotAsync(params string[] args)
    {
        var (exitCode, output) = await ServerProcess.RunAsync(["robot", "new", .. args]);
        Assert.True(exitCode == 0, output);
        return (Secret().Match(output).Value, Line().Match(output).Value);
    }

    static async Task<HttpStatusCode> LoginAsync(HttpClient client, string? user, string secret)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/")
        {
            Headers = { Authorization = user is null ? null : AccessFixture.Basic(user, secret) },
        };
        using var answer = await client.SendAsync(request);
        return answer.StatusCode;
    }

    /// <summary>The real clock, which tests can advance.</summary>
    sealed class Clock : TimeProvider
    {
        public TimeSpan Skew { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Skew.TotalSeconds * TimestampFrequency);

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Skew;
    }

    [GeneratedRegex("regsec_[A-Za-z0-9_-]+")]
    private static partial Regex Secret();

    [GeneratedRegex("\"ci\": \\{ \"secrets\".*")]
    private static partial Regex Line();
}
