using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Clients;

public class NotationTests(TestRegistry registry, ITestOutputHelper output) : ClientTest(registry, output), IClassFixture<TestRegistry>
{
    [Fact]
    public async Task Notation_signs_lists_and_verifies()
    {
        var layout = OciLayout.Create(PathOf("layout"), "amd64");
        await RunAsync($"crane push layout {Repository}:v1");
        await RunAsync("notation cert generate-test --default test.example");
        await RunAsync($"notation sign --insecure-registry {Repository}@{layout.Digest}");
        var signature = Assert.Single(await ReadReferrersAsync(layout.Digest))!;
        Assert.Equal("application/vnd.cncf.notary.signature", (string?)signature["artifactType"]);
        Assert.Contains(
            (string)signature["digest"]!, await RunAsync($"notation ls --insecure-registry {Repository}@{layout.Digest}"),
                StringComparison.Ordinal);

        WriteFile("trust.json", """
            {"version":"1.0","trustPolicies":[{"name":"tests","registryScopes":["*"],"signatureVerification":{"level":"strict"},
             "trustStores":["ca:test.example"],"trustedIdentities":["*"]}]}
            """);
        await RunAsync("notation policy import trust.json");
        await RunAsync($"notation verify --insecure-registry {Repository}@{layout.Digest}");
    }
}
