using System.Net;
using Registry.Oci;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>What anyone may do, at each setting.</summary>
public class AccessTests
{
    [Theory]
    [InlineData(AnonymousAccess.None)]
    [InlineData(AnonymousAccess.Pull)]
    [InlineData(AnonymousAccess.Push)]
    [InlineData(AnonymousAccess.All)]
    public async Task Each_setting_allows_what_it_says_and_refuses_the_rest(AnonymousAccess setting)
    {
        await using var owner = await TestRegistry.StartAsync();
        await using var registry = await TestRegistry.StartAsync(options => options.Anonymous = setting);
        var name = TestRegistry.NewName();
        var layer = OciContent.RandomBytes(100);
        var manifest = await owner.Client.PushImageAsync(name, "v1", layer);
        var session = await owner.Client.BeginUploadAsync(name);
        foreach (var (needed, method, path) in new[]
        {
            (AnonymousAccess.None, "GET", "/v2/"),
            (AnonymousAccess.Pull, "GET", $"/v2/{name}/manifests/v1"),
            (AnonymousAccess.Pull, "HEAD", $"/v2/{name}/manifests/v1"),
            (AnonymousAccess.Pull, "GET", $"/v2/{name}/blobs/{OciContent.DigestOf(layer)}"),
            (AnonymousAccess.Pull, "GET", $"/v2/{name}/tags/list"),
            (AnonymousAccess.Pull, "GET", $"/v2/{name}/referrers/{OciContent.DigestOf(manifest)}"),
            (AnonymousAccess.Pull, "GET", "/v2/_catalog"),
            (AnonymousAccess.Push, "POST", $"/v2/{name}/blobs/uploads/"),
            (AnonymousAccess.Push, "GET", session),
            (AnonymousAccess.Push, "PATCH", session),
            (AnonymousAccess.Push, "DELETE", session),
            (AnonymousAccess.Push, "PUT", $"/v2/{name}/manifests/v2"),
            (AnonymousAccess.All, "DELETE", $"/v2/{name}/manifests/v1"),
            (AnonymousAccess.All, "DELETE", $"/v2/{name}/blobs/{OciContent.DigestOf(layer)}"),
        })
        {
            using var request = new HttpRequestMessage(new(method), path);
            if (method is "PUT" or "PATCH") request.Content = OciContent.Body(manifest, method == "PUT" ? MediaType.OciManifest : null);
            using var answer = await registry.Client.SendAsync(request);
            if (needed > setting) Assert.Equal((method, path, HttpStatusCode.Forbidden), (method, path, answer.StatusCode));
            else Assert.True((int)answer.StatusCode < 300 || (answer.StatusCode == HttpStatusCode.MethodNotAllowed && method == "DELETE"), $"{method} {path}: {answer.StatusCode}");
        }
    }

    [Fact]
    public void Nothing_is_allowed_unless_it_is_set() => Assert.Equal(AnonymousAccess.None, new RegistryOptions().Anonymous);

    [Fact]
    public async Task Refusal_says_which_setting_allows_it_and_not_what_is_there()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Anonymous = AnonymousAccess.None);
        using var refused = await registry.Client.GetAsync("/v2/there/is/none/manifests/v1");
        await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        Assert.Contains("Registry:Anonymous=Pull", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }
}
