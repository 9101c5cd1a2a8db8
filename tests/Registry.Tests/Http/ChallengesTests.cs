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
}
