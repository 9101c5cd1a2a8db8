using System.Net;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>The settings that turn pushes and deletes off, on any host. S7 (docs/design/hardening.md).</summary>
public class SwitchTests
{
    [Fact]
    public async Task Deletes_are_off_whoever_asks()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.AllowDelete = false);
        var name = TestRegistry.NewName();
        var digest = OciContent.DigestOf(OciContent.RandomBytes(8));
        await registry.Client.PushImageAsync(name, "v1");
        foreach (var path in new[]
        {
            "manifests/v1", $"manifests/{digest}", $"blobs/{digest}", "_registry/deleted/manifests/v1", "_registry/repository/content",
        })
        {
            using var refused = await registry.Client.DeleteAsync($"/v2/{name}/{path}");
            await refused.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");
            Assert.Contains("Registry:AllowDelete", await refused.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
        // To cancel an upload is a part of pushing.
        var location = await registry.Client.BeginUploadAsync(name);
        using var cancelled = await registry.Client.DeleteAsync(location);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);
        using var kept = await registry.Client.GetAsync($"/v2/{name}/manifests/v1");
        Assert.Equal(HttpStatusCode.OK, kept.StatusCode);
    }

    [Fact]
    public async Task Pushes_are_off_also_with_the_token_of_a_session()
    {
        await using var registry = await TestRegistry.StartAsync();
        await using var replica = await TestRegistry.StartAsync(options => options.AllowPush = false);
        replica.TakeUploads();
        var name = TestRegistry.NewName();
        await registry.Client.PushImageAsync(name, "v1");
        var location = await registry.Client.BeginUploadAsync(name);
        foreach (var (method, path) in new[]
        {
            ("POST", $"/v2/{name}/blobs/uploads/"), ("PATCH", location), ("PUT", location), ("DELETE", location),
            ("PATCH", location[..^1]), ("PUT", $"/v2/{name}/manifests/v1"), ("POST", $"/v2/{name}/_registry/deleted/manifests/v1"),
        })
        {
            using var refused = await replica.Client.SendAsync(new(new(method), path));
            await refused.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");
        }
        // Clients sign in by POST, and pull.
        using var form = new FormUrlEncodedContent([new("grant_type", "password"), new("username", "a"), new("password", "b")]);
        using var token = await replica.Client.PostAsync("/v2/token", form);
        Assert.Equal(HttpStatusCode.OK, token.StatusCode);
        using var deleted = await replica.Client.DeleteAsync($"/v2/{name}/manifests/v1");
        Assert.Equal(HttpStatusCode.Accepted, deleted.StatusCode);
    }
}
