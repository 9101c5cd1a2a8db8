using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Http;
using Xunit;

namespace Registry.Tests.Http;

public class ChallengesTests
{
    /// <summary>Kestrel refuses such a header itself; other hosts may not.</summary>
    [Theory]
    [InlineData("registry.example.com:5000", "registry.example.com:5000")]
    [InlineData("[::1]:5000", "[::1]:5000")]
    [InlineData("a\",realm=\"b", "arealmb")]
    [InlineData("a\\ b;c", "abc")]
    public void Host_closes_no_quotes(string host, string expected)
    {
        var request = new DefaultHttpContext { Request = { Scheme = "https", Host = new HostString(host) } }.Request;
        Assert.Equal($"Bearer realm=\"https://{expected}/v2/token\",service=\"{expected}\"",
            new Challenges(Options.Create(new RegistryOptions())).Create(request, scope: null));
    }

    // P10 (docs/design/hardening.md): the host's middleware reads such headers, if the operator trusts the proxy.
    [Fact]
    public void Headers_of_proxies_are_not_read()
    {
        var request = new DefaultHttpContext { Request = { Scheme = "http", Host = new HostString("a.example.com") } }.Request;
        foreach (var name in new[] { "X-Forwarded-Host", "X-Forwarded-Server", "X-Original-Host" })
            request.Headers[name] = "evil.example.com";
        request.Headers["X-Forwarded-Proto"] = "https";
        request.Headers["X-Forwarded-Port"] = "444";
        request.Headers["X-Forwarded-Prefix"] = "/evil";
        request.Headers["Forwarded"] = "host=evil.example.com;proto=https";
        Assert.Equal("Bearer realm=\"http://a.example.com/v2/token\",service=\"a.example.com\"",
            new Challenges(Options.Create(new RegistryOptions())).Create(request, scope: null));
    }
}
