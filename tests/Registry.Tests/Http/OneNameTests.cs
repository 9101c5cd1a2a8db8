using System.Net;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>
/// An upload host below a path of the registry's own name, to which a proxy in front routes: every client is sent there, and all that
/// it is told stays there. The upload host authenticates callers only by the token in the location.
/// </summary>
public class OneNameTests
{
    const string Oras = "oras/1.3.3";

    [Theory]
    [InlineData(false, true, false)]
    [InlineData(true, true, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, true)]
    // A proxy that replaces Host, such as Front Door.
    [InlineData(false, false, true)]
    [InlineData(true, false, true)]
    public async Task Session_stays_below_the_path(bool stripsPath, bool passesHost, bool hasPublicUrl)
    {
        await using var front = await FrontProxy.StartAsync(stripsPath, passesHost);
        await using var registry = await StartAsync(front, null);
        await using var uploads = await StartAsync(front, TestPolicies.AnonymousMay("push"));
        front.SetTargets(registry.Address, uploads.Address);
        using var client = ClientOf(front.Address, Oras);
        var (name, content) = (TestRegistry.NewName(), OciContent.RandomBytes(3_000));

        var location = await client.BeginUploadAsync(name);
        AssertBelow(location);
        using (var patched = await SendAsync(HttpMethod.Patch, location, content[..1_000]))
            location = Next(patched, HttpStatusCode.Accepted);
        using (var wrong = await SendAsync(HttpMethod.Patch, location, content[2_000..], "2000-2999"))
            location = Next(wrong, HttpStatusCode.RequestedRangeNotSatisfiable);
        using (var asked = await SendAsync(HttpMethod.Get, location, null))
            location = Next(asked, HttpStatusCode.NoContent);
        using (var patched = await SendAsync(HttpMethod.Patch, location, content[1_000..], "1000-2999"))
            location = Next(patched, HttpStatusCode.Accepted);
        // Without the path the session is the same, and the answer leads back to it.
        using (var asked = await SendAsync(HttpMethod.Get, new Uri(front.Address, location).PathAndQuery["/uploads".Length..], null))
            location = Next(asked, HttpStatusCode.NoContent);
        using var put = await SendAsync(HttpMethod.Put, OciContent.Closing(location, OciContent.DigestOf(content)), null);
        Assert.Equal(HttpStatusCode.Created, put.StatusCode);
        Assert.Equal(content, await client.GetByteArrayAsync(put.Headers.Location));
        using var cancelled = await SendAsync(HttpMethod.Delete, await client.BeginUploadAsync(name), null);
        Assert.Equal(HttpStatusCode.NoContent, cancelled.StatusCode);

        Assert.Equal(["PATCH", "PATCH", "GET", "PATCH", "PUT", "DELETE"],
            front.Requests.Where(request => request.ToUploadHost).Select(request => request.Method));
        Assert.All(front.Requests.Where(request => !request.ToUploadHost), request => Assert.Equal(0, request.Sent));

        Task<TestRegistry> StartAsync(FrontProxy front, string? policy) => TestRegistry.StartAsync(options =>
        {
            options.Policy = policy;
            options.Uploads.Location = front.UploadLocation;
            if (hasPublicUrl) options.PublicUrl = front.Address;
        });

        async Task<HttpResponseMessage> SendAsync(HttpMethod method, string to, byte[]? body, string? range = null)
        {
            using var request = new HttpRequestMessage(method, to);
            if (body is not null) request.Content = OciContent.Body(body);
            if (range is not null) request.Content!.Headers.TryAddWithoutValidation("Content-Range", range);
            return await client.SendAsync(request);
        }

        string Next(HttpResponseMessage answer, HttpStatusCode status)
        {
            Assert.Equal(status, answer.StatusCode);
            var next = answer.Headers.Location!.OriginalString;
            AssertBelow(next);
            return next;
        }

        // An absolute one only where the setting says which.
        void AssertBelow(string text) =>
            Assert.StartsWith(hasPublicUrl ? $"{front.Address}uploads/v2/" : "/uploads/v2/", text, StringComparison.Ordinal);
    }

    /// <summary>oras compares name and port; the scheme is unknown behind a proxy that terminates TLS.</summary>
    [Theory]
    [InlineData("https://registry.example.com/uploads", "registry.example.com", true)]
    [InlineData("https://registry.example.com/uploads/", "REGISTRY.example.com:443", true)]
    [InlineData("https://registry.example.com:8443/a/b", "registry.example.com:8443", true)]
    [InlineData("http://[::1]:5000/uploads", "[::1]:5000", true)]
    [InlineData("https://registry.example.com/uploads", "registry.example.com:8443", false)]
    [InlineData("https://registry.example.com:8443/uploads", "registry.example.com", false)]
    [InlineData("https://registry.example.com/uploads", "registry.example.com.evil.example", false)]
    [InlineData("https://registry.example.com", "registry.example.com", false)]
    public async Task Every_client_is_sent_to_another_path_of_the_host_that_it_called(string setting, string host, bool isSent)
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Uploads.Location = new(setting));
        using var request = new HttpRequestMessage(HttpMethod.Post, $"/v2/{TestRegistry.NewName()}/blobs/uploads/");
        request.Headers.TryAddWithoutValidation("Host", host);
        using var begun = await registry.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.Accepted, begun.StatusCode);
        var path = new Uri(setting).AbsolutePath.TrimEnd('/');
        var location = begun.Headers.Location!.OriginalString;
        Assert.StartsWith(isSent ? $"{path}/v2/" : "/v2/", location, StringComparison.Ordinal);
    }

    /// <summary>By another name only clients that are known to follow are sent to the path; a header of a proxy changes nothing.</summary>
    [Fact]
    public async Task Under_another_name_the_list_of_clients_decides()
    {
        await using var registry = await TestRegistry.StartAsync(
            options => options.Uploads.Location = new("https://registry.example.com/uploads"));
        using var oras = ClientOf(registry.Address, Oras);
        oras.DefaultRequestHeaders.Add("Forwarded", "host=registry.example.com");
        foreach (var name in new[] { "X-Forwarded-Host", "X-Original-Host" }) oras.DefaultRequestHeaders.Add(name, "registry.example.com");
        Assert.StartsWith("/v2/", await oras.BeginUploadAsync(TestRegistry.NewName()), StringComparison.Ordinal);
        using var crane = ClientOf(registry.Address, "crane/0.20.7 go-containerregistry/0.20.7");
        Assert.StartsWith(
            "https://registry.example.com/uploads/v2/", await crane.BeginUploadAsync(TestRegistry.NewName()), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Below_the_path_is_the_distribution_API_with_the_same_rules()
    {
        await using var registry = await TestRegistry.StartAsync(options =>
            (options.Policy, options.Uploads.Location) = (TestPolicies.Closed, new("https://registry.example.com/uploads")));
        using (var version = await registry.Client.GetAsync("/uploads/v2/")) Assert.Equal(HttpStatusCode.OK, version.StatusCode);
        foreach (var path in new[] { $"{TestRegistry.NewName()}/tags/list", $"{TestRegistry.NewName()}/blobs/uploads/{Guid.NewGuid():D}" })
        {
            using var refused = await registry.Client.GetAsync($"/uploads/v2/{path}");
            await refused.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        }
        using (var forged = await registry.Client.GetAsync($"/uploads/v2/a/blobs/uploads/{Guid.NewGuid():D}?token=a"))
            await forged.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        foreach (var path in new[] { "/uploads", "/uploads/", "/uploads/healthz", "/uploads/ui/", "/uploadsv2/", "/uploads/uploads/v2/" })
        {
            using var missing = await registry.Client.GetAsync(path);
            Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        }
    }

    static HttpClient ClientOf(Uri address, string agent)
    {
        var client = new HttpClient { BaseAddress = address };
        client.DefaultRequestHeaders.UserAgent.ParseAdd(agent);
        return client;
    }
}
