using Registry.Policies;
using Xunit;

namespace Registry.Tests.Policies;

public class TrustedIssuerTests
{
    [Theory]
    [InlineData(true, "https://ci.example.com/keys")]
    [InlineData(true, "https://CI.example.com:443/other?x=y")]
    [InlineData(true, "https://keys.example.net/")]
    // Whoever is on the network path could replace keys that are not encrypted.
    [InlineData(false, "http://ci.example.com/keys")]
    [InlineData(false, "http://ci.example.com:443/keys")]
    [InlineData(false, "https://ci.example.com:8443/keys")]
    [InlineData(false, "https://keys.example.net:8443/")]
    [InlineData(false, "https://ci.example.com.evil.example/keys")]
    [InlineData(false, "https://ci.example.com@evil.example/keys")]
    [InlineData(false, "https://more.ci.example.com/keys")]
    [InlineData(false, "file:///keys")]
    public void Keys_are_on_its_host_or_on_those_that_are_named_and_as_well_protected(bool expected, string address) => Assert.Equal(
        expected,
        new TrustedIssuer("ci", "https://ci.example.com/tenant", [], []) { JwksHosts = ["keys.example.net"] }.MayPublishAt(new(address)));
}
