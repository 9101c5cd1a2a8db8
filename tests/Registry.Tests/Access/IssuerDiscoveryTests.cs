using System.Diagnostics;
using System.Net;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>Issuers whose documents are late, elsewhere or wrong. S12 (docs/design/hardening.md).</summary>
public sealed class IssuerDiscoveryTests : IAsyncLifetime, IDisposable
{
    /// <summary>Longest answer that waits for no issuer, on a busy machine.</summary>
    static readonly TimeSpan s_atOnce = TimeSpan.FromSeconds(3);

    /// <summary>Longest answer that waits for one discovery.</summary>
    static readonly TimeSpan s_afterDiscovery = TimeSpan.FromSeconds(8);

    readonly LogCollector _log = new();
    readonly Clock _clock = new();
    TestIssuer _issuer = null!;
    TestIssuer _other = null!;
    TestRegistry _registry = null!;

    public async Task InitializeAsync()
    {
        (_issuer, _other) = (await TestIssuer.StartAsync(), await TestIssuer.StartAsync());
        _registry = await StartAsync();
    }

    public async Task DisposeAsync()
    {
        await _registry.DisposeAsync();
        await _issuer.DisposeAsync();
        await _other.DisposeAsync();
    }

    public void Dispose() => _log.Dispose();

    public static TheoryData<string> Faults() =>
    [
        "hangs", "keys hang", "drips", "redirects", "keys redirect", "{}", "[]", "no JSON", "empty", "500", "keys 404", "huge", "charset",
        "another issuer", "no issuer", "no jwks_uri", "jwks_uri elsewhere", "jwks_uri is a file", "jwks_uri is relative", "no keys",
        "keys are {}", "keys are no JSON", "symmetric key", "key without modulus",
    ];

    /// <summary>Known keys stay in use, without any wait; keys of the issuer are found again when it has recovered.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task Known_keys_outlast_a_document_that_is_worse(string fault)
    {
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery));
        Break(fault);
        var requests = _issuer.Requests;
        _clock.Skew = TimeSpan.FromHours(2);
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_atOnce));
        await WaitForAsync(() => Warnings() > 0);
        Assert.NotEqual(requests, _issuer.Requests);
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_atOnce));
        Assert.Equal(0, _other.Requests);

        (_issuer.Discovery, _issuer.Keys) = (null, null);
        _issuer.RotateKey();
        _clock.Skew += TimeSpan.FromMinutes(1);
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery));
    }

    /// <summary>Many first sign-ins share one discovery with a time limit; the issuer is asked again, and not for every request.</summary>
    [Theory]
    [MemberData(nameof(Faults))]
    public async Task First_sign_ins_share_one_discovery(string fault)
    {
        Break(fault);
        var signIns = Enumerable.Range(0, 20).Select(_ => SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery));
        Assert.All(await Task.WhenAll(signIns), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        Assert.InRange(_issuer.Requests, 1, 4);
        Assert.Equal(0, _other.Requests);

        (_issuer.Discovery, _issuer.Keys) = (null, null);
        _clock.Skew += TimeSpan.FromSeconds(2);
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery));
    }

    /// <summary>A token with an unknown key waits for newer keys; tokens with known keys do not.</summary>
    [Fact]
    public async Task Unknown_keys_delay_no_token_with_a_known_one()
    {
        var good = _issuer.GitHubToken("contoso/app");
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(good, s_afterDiscovery));
        Break("hangs");
        _issuer.RotateKey();
        var unknown = Enumerable.Range(0, 20).Select(_ => SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery)).ToList();
        for (var i = 0; i < 20; i++) Assert.Equal(HttpStatusCode.OK, await SignInAsync(good, s_atOnce));
        Assert.All(await Task.WhenAll(unknown), status => Assert.Equal(HttpStatusCode.ServiceUnavailable, status));
        // Within half a minute the issuer is not asked again.
        var requests = _issuer.Requests;
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_atOnce));
        Assert.Equal(requests, _issuer.Requests);
    }

    [Fact]
    public async Task Keys_are_elsewhere_only_if_the_policy_says_so()
    {
        await using var registry = await StartAsync($", \"jwksHosts\": [\"{new Uri(_other.Address).Authority}\"]");
        _issuer.Discovery = context => WriteAsync(context, Described("jwks_uri", $"{_other.Address}/keys"));
        _other.Keys = context => WriteAsync(context, _issuer.DescribeKeys());
        Assert.Equal(HttpStatusCode.OK, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery, registry));
        Assert.Equal(1, _other.Requests);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await SignInAsync(_issuer.GitHubToken("contoso/app"), s_afterDiscovery));
        Assert.Contains(_log.Entries, entry => entry.Text.Contains("jwksHosts", StringComparison.Ordinal));
    }

    void Break(string fault)
    {
        switch (fault)
        {
            case "hangs": _issuer.Discovery = HangAsync; break;
            case "keys hang": _issuer.Keys = HangAsync; break;
            case "drips": _issuer.Discovery = DripAsync; break;
            case "redirects":
                _issuer.Discovery = context => RedirectAsync(context, $"{_other.Address}/.well-known/openid-configuration");
                break;
            case "keys redirect": _issuer.Keys = context => RedirectAsync(context, $"{_other.Address}/keys"); break;
            case "500": _issuer.Discovery = context => FailAsync(context, 500); break;
            case "keys 404": _issuer.Keys = context => FailAsync(context, 404); break;
            case "charset":
                _issuer.Discovery = context =>
                {
                    context.Response.ContentType = "application/json; charset=none";
                    return WriteAsync(context, _issuer.Describe());
                };
                break;
            case "another issuer": _issuer.Discovery = context => WriteAsync(context, Described("issuer", _other.Address)); break;
            case "no issuer": _issuer.Discovery = context => WriteAsync(context, Described("issuer", null)); break;
            case "no jwks_uri": _issuer.Discovery = context => WriteAsync(context, Described("jwks_uri", null)); break;
            case "jwks_uri elsewhere":
                _issuer.Discovery = context => WriteAsync(context, Described("jwks_uri", $"{_other.Address}/keys"));
                break;
            case "jwks_uri is a file":
                _issuer.Discovery = context => WriteAsync(context, Described("jwks_uri", "file:///etc/passwd"));
                break;
            case "jwks_uri is relative": _issuer.Discovery = context => WriteAsync(context, Described("jwks_uri", "/keys")); break;
            case "no keys": _issuer.Keys = context => WriteAsync(context, """{"keys":[]}"""); break;
            case "keys are {}": _issuer.Keys = context => WriteAsync(context, "{}"); break;
            case "keys are no JSON": _issuer.Keys = context => WriteAsync(context, "<html>"); break;
            case "symmetric key":
                _issuer.Keys = context => WriteAsync(context, """{"keys":[{"kty":"oct","kid":"a","k":"AAAAAAAAAAAAAAAAAAAAAA"}]}""");
                break;
            case "key without modulus": _issuer.Keys = context => WriteAsync(context, """{"keys":[{"kty":"RSA","kid":"a"}]}"""); break;
            default:
                var text = fault switch
                {
                    "no JSON" => "<html>",
                    "empty" => "",
                    "huge" => Described("padding", new string('x', 300 * 1024)).ToJsonString(),
                    _ => fault,
                };
                _issuer.Discovery = context => WriteAsync(context, text);
                break;
        }
    }

    JsonObject Described(string name, string? value)
    {
        var document = _issuer.Describe();
        if (value is null) document.Remove(name);
        else document[name] = value;
        return document;
    }

    static Task WriteAsync(HttpContext context, JsonObject document) => WriteAsync(context, document.ToJsonString());

    static Task WriteAsync(HttpContext context, string text) => context.Response.WriteAsync(text);

    static Task HangAsync(HttpContext context) => Task.Delay(TimeSpan.FromMinutes(1), context.RequestAborted);

    static async Task DripAsync(HttpContext context)
    {
        for (var i = 0; i < 120; i++)
        {
            await context.Response.WriteAsync(" ", context.RequestAborted);
            await context.Response.Body.FlushAsync(context.RequestAborted);
            await Task.Delay(500, context.RequestAborted);
        }
    }

    static Task RedirectAsync(HttpContext context, string address)
    {
        context.Response.Redirect(address);
        return Task.CompletedTask;
    }

    static Task FailAsync(HttpContext context, int status)
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    }

    Task<TestRegistry> StartAsync(string more = "") => TestRegistry.StartAsync(
        options => options.Policy =
            $$"""{ "issuers": { "ci": { "issuer": "{{_issuer.Address}}", "audiences": ["{{TestIssuer.Audience}}"]{{more}} } } }""",
        _clock,
        _log);

    int Warnings() => _log.Entries.Count(entry => entry.Text.Contains("cannot be discovered", StringComparison.Ordinal));

    async Task<HttpStatusCode> SignInAsync(string token, TimeSpan limit, TestRegistry? registry = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = new("Bearer", token) } };
        var watch = Stopwatch.StartNew();
        using var answer = await (registry ?? _registry).Client.SendAsync(request);
        Assert.InRange(watch.Elapsed, TimeSpan.Zero, limit);
        return answer.StatusCode;
    }

    static async Task WaitForAsync(Func<bool> condition)
    {
        for (var i = 0; !condition(); i++)
        {
            Assert.True(i < 300, "It did not happen within half a minute.");
            await Task.Delay(100);
        }
    }

    /// <summary>Its timestamps are ahead by a skew, and its timers are five times as fast: a discovery may take a second.</summary>
    sealed class Clock : TimeProvider
    {
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            base.CreateTimer(callback, state, dueTime > TimeSpan.Zero ? dueTime / 5 : dueTime, period);

        public TimeSpan Skew { get; set; }

        public override long GetTimestamp() => base.GetTimestamp() + (long)(Skew.TotalSeconds * TimestampFrequency);
    }
}
