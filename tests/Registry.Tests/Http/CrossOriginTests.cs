using System.Net;
using Xunit;

namespace Registry.Tests.Http;

/// <summary>Web pages of other origins that call the registry. P12 (docs/design/hardening.md).</summary>
public sealed class CrossOriginTests : IAsyncLifetime
{
    const string Allowed = "https://ui.example.com";

    TestRegistry _registry = null!;

    public async Task InitializeAsync() => _registry = await TestRegistry.StartAsync(options =>
    {
        options.Policy = """
            { "robots": { "r": { "secrets": [] } }, "rules": [
              { "name": "x", "subjects": [{ "anonymous": true }], "repositories": ["public/**"], "actions": ["pull"] }] }
            """;
        options.CorsOrigins.Add("https://other.example.com");
        options.CorsOrigins.Add(Allowed);
    });

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    [Theory]
    [InlineData("/v2/")]
    [InlineData("/v2/private/app/manifests/v1")]
    [InlineData("/v2/token")]
    [InlineData("/v2/no route")]
    public async Task Preflight_of_an_allowed_origin_needs_no_credentials(string path)
    {
        using var answer = await SendAsync("OPTIONS", path, Allowed, preflight: true);
        Assert.Equal(HttpStatusCode.NoContent, answer.StatusCode);
        Assert.Equal(Allowed, Value(answer, "Access-Control-Allow-Origin"));
        Assert.Contains("PATCH", Value(answer, "Access-Control-Allow-Methods")!, StringComparison.Ordinal);
        Assert.Equal("authorization,if-match", Value(answer, "Access-Control-Allow-Headers"));
        Assert.Null(Value(answer, "Access-Control-Allow-Credentials"));
        Assert.Contains("Origin", answer.Headers.Vary);
    }

    [Fact]
    public async Task Preflight_has_the_limits_of_any_request()
    {
        using var request = new HttpRequestMessage(HttpMethod.Options, "/v2/") { Headers = { { "Origin", Allowed } } };
        request.Headers.Add("Access-Control-Request-Method", "GET");
        request.Headers.Add("Access-Control-Request-Headers", new string('x', 40_000));
        using var answer = await _registry.Client.SendAsync(request);
        await answer.AssertErrorAsync(HttpStatusCode.RequestHeaderFieldsTooLarge, "UNSUPPORTED");
    }

    /// <summary>Also errors, whose status and challenge the page needs.</summary>
    [Theory]
    [InlineData("GET", "/v2/", HttpStatusCode.Unauthorized)]
    [InlineData("GET", "/v2/public/none/manifests/v1", HttpStatusCode.NotFound)]
    [InlineData("GET", "/v2/token", HttpStatusCode.OK)]
    [InlineData("PUT", "/v2/private/app/manifests/v1", HttpStatusCode.Unauthorized)]
    public async Task Answers_to_an_allowed_origin_can_be_read(string method, string path, HttpStatusCode expected)
    {
        using var answer = await SendAsync(method, path, Allowed);
        Assert.Equal((expected, Allowed), (answer.StatusCode, Value(answer, "Access-Control-Allow-Origin")));
        var exposed = Value(answer, "Access-Control-Expose-Headers")!.Split(',');
        Assert.Equal(
            [
                "Content-Range", "Docker-Content-Digest", "Docker-Distribution-API-Version", "Docker-Upload-UUID", "ETag", "Link",
                "Location", "OCI-Chunk-Min-Length", "OCI-Filters-Applied", "OCI-Subject", "OCI-Tag", "Range", "Retry-After", "Upload-Limit",
                "WWW-Authenticate", "X-Request-Id",
            ],
            exposed.Order(StringComparer.Ordinal));
        Assert.Equal(["Origin", "Sec-Fetch-Dest", "Sec-Fetch-Mode"], answer.Headers.Vary.Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("https://evil.example.com")]
    [InlineData("https://ui.example.com.evil.example.com")]
    [InlineData("http://ui.example.com")]
    [InlineData("https://ui.example.com:8443")]
    [InlineData("null")]
    [InlineData(null)]
    public async Task Other_origins_are_told_nothing(string? origin)
    {
        foreach (var (method, preflight) in new[] { ("OPTIONS", true), ("OPTIONS", false), ("GET", false) })
        {
            using var answer = await SendAsync(method, "/v2/", origin, preflight);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.Ordinal));
            Assert.Contains("Origin", answer.Headers.Vary);
        }
    }

    [Fact]
    public async Task Without_the_setting_there_are_no_preflights()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.Closed);
        using var answer = await SendAsync("OPTIONS", "/v2/", Allowed, preflight: true, registry);
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
        Assert.DoesNotContain(answer.Headers, header => header.Key.StartsWith("Access-Control", StringComparison.Ordinal));
        Assert.DoesNotContain("Origin", answer.Headers.Vary);
    }

    [Theory]
    [InlineData("https://ui.example.com/")]
    [InlineData("https://UI.example.com")]
    [InlineData("https://ui.example.com/path")]
    [InlineData("ui.example.com")]
    [InlineData("*")]
    [InlineData("")]
    public void Setting_names_origins(string origin)
    {
        var options = new RegistryOptions { CorsOrigins = { origin } };
        Assert.Contains("Registry:CorsOrigins", options.Validate(), StringComparison.Ordinal);
    }

    Task<HttpResponseMessage> SendAsync(
        string method, string path, string? origin, bool preflight = false, TestRegistry? registry = null)
    {
        var request = new HttpRequestMessage(new(method), path);
        if (origin is not null) request.Headers.Add("Origin", origin);
        if (preflight)
        {
            request.Headers.Add("Access-Control-Request-Method", "PUT");
            request.Headers.Add("Access-Control-Request-Headers", "authorization,if-match");
        }
        return (registry ?? _registry).Client.SendAsync(request);
    }

    static string? Value(HttpResponseMessage answer, string header) =>
        answer.Headers.TryGetValues(header, out var values) ? string.Join(',', values) : null;
}
