using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Http;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>Which failures count for which address: in the limit of failures, and in that of the audit log.</summary>
public sealed class LoginThrottleTests(AccessFixture fixture) : IClassFixture<AccessFixture>, IAsyncLifetime, IDisposable
{
    /// <summary>Failures that an address may have in a minute.</summary>
    const int Limit = 20;

    /// <summary>Failures that an account may have in a minute, from all addresses.</summary>
    const int LimitOfAccount = 100;

    readonly LogCollector _log = new();
    TestRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy, log: _log);

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public void Dispose() => _log.Dispose();

    /// <summary>An address cannot use up the failures, nor the audit log entries, of another one.</summary>
    [Fact]
    public async Task Each_address_has_limits_of_its_own()
    {
        foreach (var address in new[] { "127.0.0.1", "127.0.0.2" })
        {
            using var client = ClientAt(address);
            for (var i = 0; i < Limit + 10; i++)
                Assert.Equal(i < Limit ? 401 : 429, await GetAsync(client, AccessFixture.Basic("reader", "wrong")));
            Assert.Equal(Limit + 1, Audited(address).Count());
        }
    }

    /// <summary>Of an account that exists and of one that does not: the limit must not reveal which do.</summary>
    [Theory]
    [InlineData("reader")]
    [InlineData("nobody")]
    public async Task Each_account_has_a_limit_and_cannot_be_locked_out(string account)
    {
        // S19 (docs/design/hardening.md)
        const int Clients = 7;
        for (var failures = 0; failures < LimitOfAccount + 10; failures++)
        {
            using var client = ClientAt($"127.0.0.{1 + (failures % Clients)}");
            Assert.Equal(failures < LimitOfAccount ? 401 : 429, await GetAsync(client, AccessFixture.Basic(account, "wrong")));
        }
        Assert.Equal(LimitOfAccount + 1, Enumerable.Range(1, Clients).Sum(i => Audited($"127.0.0.{i}").Count()));
        using var elsewhere = ClientAt("127.0.0.99");
        Assert.Equal(429, await GetAsync(elsewhere, AccessFixture.Basic(account, "wrong")));
        Assert.Equal(401, await GetAsync(elsewhere, AccessFixture.Basic("pusher", "wrong")));
        foreach (var who in new[] { "reader", "github" }) Assert.Equal(200, await GetAsync(elsewhere, fixture.BasicOf(who)!));
    }

    /// <summary>The user name of a token is ignored, and documented as the same for all.</summary>
    [Theory]
    [InlineData("regref_wrong")]
    [InlineData("ey.wrong.token")]
    public async Task Tokens_do_not_count_for_the_user_name_beside_them(string token)
    {
        for (var failures = 0; failures < LimitOfAccount + 10; failures++)
        {
            using var client = ClientAt($"127.0.0.{1 + (failures % 7)}");
            Assert.Equal(401, await GetAsync(client, AccessFixture.Basic("00000000-0000-0000-0000-000000000000", token)));
        }
    }

    /// <summary>A client of IPv6 usually has a network of 64 bits to itself.</summary>
    [Fact]
    public void Addresses_of_a_network_of_ipv6_share_a_limit()
    {
        using var throttle = new LoginThrottle();
        for (var i = 0; i <= Limit; i++) Assert.Equal(i < Limit, throttle.AllowsFailure($"2001:db8:0:1::{i:x}", null));
        Assert.False(throttle.AllowsFailure("2001:db8:0:1:ffff::", null));
        Assert.True(throttle.AllowsFailure("2001:db8:0:2::1", null));
        Assert.True(throttle.AllowsFailure("unknown", null));
    }

    /// <summary>Any client can send it. A host behind a proxy replaces the address of the connection itself.</summary>
    [Fact]
    public async Task Address_that_a_client_claims_is_ignored()
    {
        using var client = ClientAt("127.0.0.1");
        for (var i = 0; i <= Limit; i++)
        {
            client.DefaultRequestHeaders.Remove("X-Forwarded-For");
            client.DefaultRequestHeaders.Add("X-Forwarded-For", $"203.0.113.{i}");
            Assert.Equal(i < Limit ? 401 : 429, await GetAsync(client, AccessFixture.Basic("reader", "wrong")));
        }
        Assert.Equal(Limit + 1, Audited("127.0.0.1").Count());
    }

    [Theory]
    [InlineData("Basic", "!", 429, "(malformed)")]
    [InlineData("Digest", "x", 429, "(malformed)")]
    // Clients repeat requests with expired tokens during pushes.
    [InlineData("Bearer", "regtok_wrong", 401, "(token)")]
    public async Task Each_kind_of_wrong_credentials_is_limited_in_the_log(string scheme, string parameter, int last, string identity)
    {
        for (var i = 0; i < Limit + 10; i++)
            Assert.Equal(i < Limit ? 401 : last, await GetAsync(_registry.Client, new(scheme, parameter)));
        Assert.Equal(Enumerable.Repeat(identity, Limit + 1), Audited("127.0.0.1").Select(entry => entry.Fields["Identity"]));
    }

    [Fact]
    public async Task Tokens_of_an_issuer_that_is_down_are_audited_within_the_limit()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var registry = await TestRegistry.StartAsync(
            options => options.Policy =
                $$"""{ "issuers": { "ci": { "issuer": "{{issuer.Address}}", "audiences": ["{{TestIssuer.Audience}}"] } } }""",
            log: _log);
        issuer.Down = true;
        for (var i = 0; i < Limit + 10; i++)
            Assert.Equal(503, await GetAsync(registry.Client, new("Bearer", issuer.GitHubToken("contoso/app"))));
        Assert.Equal(Enumerable.Repeat("503 (token)", Limit + 1),
            Audited("127.0.0.1").Select(entry => $"{entry.Fields["Status"]} {entry.Fields["Identity"]}"));
    }

    /// <summary>A socket for both versions of IP sees an IPv4 client under an IPv6 address: it is the same client.</summary>
    [Theory]
    [InlineData("203.0.113.7", "203.0.113.7")]
    [InlineData("::ffff:203.0.113.7", "203.0.113.7")]
    [InlineData("2001:db8::7", "2001:db8::7")]
    [InlineData(null, "unknown")]
    public void Address_of_a_client_has_one_form(string? remote, string expected)
    {
        var context = new DefaultHttpContext();
        context.Connection.RemoteIpAddress = remote is null ? null : IPAddress.Parse(remote);
        Assert.Equal(expected, RequestAudit.AddressOf(context));
    }

    HttpClient ClientAt(string address) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, cancel) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(context.DnsEndPoint, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = _registry.Address };

    static async Task<int> GetAsync(HttpClient client, AuthenticationHeaderValue login)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = login } };
        using var answer = await client.SendAsync(request);
        return (int)answer.StatusCode;
    }

    IEnumerable<LogEntry> Audited(string address) => _log.Entries.Where(entry =>
        entry.Category == AuditLog.Category && entry.Fields["Address"] == address);
}
