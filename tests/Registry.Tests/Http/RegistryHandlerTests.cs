using System.Net;
using System.Net.Sockets;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Http;

/// <summary>Routes, methods, and failures that no endpoint expected.</summary>
public class RegistryHandlerTests(TestRegistry registry) : IClassFixture<TestRegistry>
{
    const string Digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000";

    readonly HttpClient _client = registry.Client;

    [Theory]
    [InlineData("/v2")]
    [InlineData("/v2/")]
    public async Task The_version_is_answered(string path)
    {
        Assert.Equal("{}", await _client.GetStringAsync(path));
        using var head = await _client.SendAsync(new HttpRequestMessage(HttpMethod.Head, path));
        Assert.Equal("registry/2.0", head.Headers.GetValues("Docker-Distribution-API-Version").Single());
    }

    [Theory]
    [InlineData("/v2/a")]
    [InlineData("/v2/a/b/c")]
    [InlineData("/v2/manifests/v1")]
    [InlineData("/v2/blobs/uploads/")]
    [InlineData("/v2/a/tags")]
    [InlineData("/v2/_catalog/x")]
    public async Task Other_paths_are_not_found(string path)
    {
        using var response = await _client.GetAsync(path);
        await response.AssertErrorAsync(HttpStatusCode.NotFound, "UNSUPPORTED");
    }

    [Theory]
    [InlineData("A")]
    [InlineData("a..b")]
    [InlineData("a/%2e%2e%2fb")]
    [InlineData("a%2Fb")]
    [InlineData("a%20b")]
    [InlineData("a%0Ab")]
    [InlineData("%C3%A9")]
    [InlineData("a:b")]
    [InlineData("-a")]
    [InlineData("a//b")]
    public async Task Names_that_break_the_grammar_are_refused(string name) => await AssertNameInvalidAsync(name);

    [Fact]
    public async Task Names_that_are_too_long_are_refused() => await AssertNameInvalidAsync(new string('a', 300));

    [Theory]
    [InlineData("POST", "/v2/", "GET, HEAD")]
    [InlineData("DELETE", "/v2/_catalog", "GET, HEAD")]
    [InlineData("PUT", "/v2/a/tags/list", "GET, HEAD")]
    [InlineData("POST", "/v2/a/manifests/v1", "GET, HEAD, PUT, DELETE")]
    [InlineData("PUT", $"/v2/a/blobs/{Digest}", "GET, HEAD, DELETE")]
    [InlineData("GET", "/v2/a/blobs/uploads/", "POST")]
    [InlineData("POST", "/v2/a/blobs/uploads/00000000-0000-0000-0000-000000000000", "GET, HEAD, PATCH, PUT, DELETE")]
    [InlineData("PUT", $"/v2/a/referrers/{Digest}", "GET, HEAD")]
    [InlineData("OPTIONS", "/v2/", "GET, HEAD")]
    public async Task Methods_that_do_not_apply_are_405_with_those_that_do(string method, string path, string allow)
    {
        using var response = await _client.SendAsync(new HttpRequestMessage(new HttpMethod(method), path));
        Assert.Equal(allow, string.Join(", ", response.Content.Headers.Allow));
        await response.AssertErrorAsync(HttpStatusCode.MethodNotAllowed, "UNSUPPORTED");
    }

    [Fact]
    public async Task A_repository_may_be_called_like_a_part_of_a_path()
    {
        var name = $"{TestRegistry.NewName()}/blobs/manifests/tags/list/referrers/uploads";
        var manifest = await _client.PushImageAsync(name, "tags", RandomBytes(3));
        Assert.Equal(manifest, await _client.GetByteArrayAsync($"/v2/{name}/manifests/tags"));
        Assert.Equal("tags", (string?)(await _client.GetJsonAsync($"/v2/{name}/tags/list"))["tags"]![0]);
    }

    [Fact]
    public async Task Thousands_of_headers_and_lines_without_end_are_refused()
    {
        foreach (var request in new[]
        {
            "GET /v2/ HTTP/1.1\r\nHost: x\r\n" + string.Concat(Enumerable.Range(0, 5000).Select(i => $"X-{i}: y\r\n")) + "\r\n",
            "GET /v2/" + new string('a', 100_000) + " HTTP/1.1\r\nHost: x\r\n\r\n",
        })
        {
            using var socket = new TcpClient();
            await socket.ConnectAsync(IPAddress.Loopback, registry.Address.Port);
            await socket.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
            var answer = new byte[12];
            await socket.GetStream().ReadExactlyAsync(answer);
            Assert.Matches("HTTP/1.1 (431|414)", Encoding.ASCII.GetString(answer));
        }
        Assert.Equal("{}", await _client.GetStringAsync("/v2/"));
    }

    [Fact]
    public async Task Storage_out_of_reach_is_503_with_retry_after()
    {
        await using var cut = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = Connection(9));
        using var response = await cut.Client.GetAsync("/v2/a/manifests/v1");
        Assert.NotNull(response.Headers.RetryAfter);
        await response.AssertErrorAsync(HttpStatusCode.ServiceUnavailable, "UNAVAILABLE");
    }

    [Fact]
    public async Task Storage_that_throttles_is_asked_again_and_then_429_with_retry_after()
    {
        // The response of Azure for an account over its limits.
        var requests = 0;
        await using var throttling = await StartFailingStorageAsync(503, "ServerBusy", () => Interlocked.Increment(ref requests));
        await using var busy = await TestRegistry.StartAsync(options => options.Storage.ConnectionString = Connection(PortOf(throttling)));
        using var response = await busy.Client.GetAsync("/v2/a/manifests/v1");
        Assert.True(requests > 1);
        Assert.NotNull(response.Headers.RetryAfter);
        await response.AssertErrorAsync(HttpStatusCode.TooManyRequests, "TOOMANYREQUESTS");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Internal_error_has_a_request_id(bool isLogged)
    {
        // The response of Azure where the identity of the registry lacks a role.
        await using var denying = await StartFailingStorageAsync(403, "AuthorizationPermissionMismatch");
        using var log = new LogCollector();
        await using var denied = await TestRegistry.StartAsync(
            options => options.Storage.ConnectionString = Connection(PortOf(denying)), log: isLogged ? log : null);
        using var response = await denied.Client.GetAsync("/v2/a/manifests/v1");
        await response.AssertErrorAsync(HttpStatusCode.InternalServerError, "UNKNOWN");
        var message = (string?)JsonNode.Parse(await response.Content.ReadAsStringAsync())!["errors"]![0]!["message"];
        var id = Assert.Single(response.Headers.GetValues("X-Request-Id"));
        Assert.True(id.Length > 10);
        Assert.Equal($"Internal error. See the registry's log, request id {id}.", message);
        // Without a log the server starts no trace, and the id is its own.
        if (!isLogged) return;
        var entry = Assert.Single(log.Entries, entry => entry.Level == LogLevel.Error && entry.Fields.ContainsKey("RequestId"));
        Assert.Contains($"GET /v2/a/manifests/v1 failed with status 500, request id {id}.", entry.Text, StringComparison.Ordinal);
        Assert.Contains("AuthorizationPermissionMismatch", entry.Text, StringComparison.Ordinal);
        Assert.Matches("^[0-9a-f]{32}$", id);
    }

    [Fact]
    public async Task Request_id_is_the_trace_id_of_the_client()
    {
        const string Trace = "4bf92f3577b34da6a3ce929d0e0e4736";
        await using var denying = await StartFailingStorageAsync(403, "AuthorizationPermissionMismatch");
        using var log = new LogCollector();
        await using var denied = await TestRegistry.StartAsync(
            options => options.Storage.ConnectionString = Connection(PortOf(denying)), log: log);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/a/manifests/v1");
        request.Headers.Add("traceparent", $"00-{Trace}-00f067aa0ba902b7-01");
        using var response = await denied.Client.SendAsync(request);
        Assert.Equal(Trace, Assert.Single(response.Headers.GetValues("X-Request-Id")));
    }

    [Theory]
    [InlineData("Request-Id", "|<script>alert(1)</script>.1.")]
    [InlineData("traceparent", "00-<script>alert(1)</script>-----00-00f067aa0ba902b7-01")]
    [InlineData("traceparent", "00-00000000000000000000000000000000-00f067aa0ba902b7-01")]
    [InlineData("X-Request-Id", "<script>alert(1)</script>")]
    public async Task Request_id_is_no_text_of_the_client(string header, string value)
    {
        await using var denying = await StartFailingStorageAsync(403, "AuthorizationPermissionMismatch");
        using var log = new LogCollector();
        await using var denied = await TestRegistry.StartAsync(
            options => options.Storage.ConnectionString = Connection(PortOf(denying)), log: log);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/a/manifests/v1");
        Assert.True(request.Headers.TryAddWithoutValidation(header, value));
        using var response = await denied.Client.SendAsync(request);
        Assert.Matches("^[0-9A-Za-z:]{10,40}$", Assert.Single(response.Headers.GetValues("X-Request-Id")));
        Assert.DoesNotContain("script", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.DoesNotContain(log.Entries, entry => entry.Text.Contains("script", StringComparison.Ordinal));
    }

    static async Task<WebApplication> StartFailingStorageAsync(int status, string code, Action? onRequest = null)
    {
        var storage = WebApplication.CreateSlimBuilder().Build();
        storage.Urls.Add("http://127.0.0.1:0");
        storage.Run(async context =>
        {
            onRequest?.Invoke();
            context.Response.StatusCode = status;
            context.Response.Headers["x-ms-error-code"] = code;
            context.Response.ContentType = "application/json";
            await context.Response.WriteAsync(
                $$"""{ "odata.error": { "code": "{{code}}", "message": { "lang": "en-US", "value": "Failed." } } }""");
        });
        await storage.StartAsync();
        return storage;
    }

    static int PortOf(WebApplication storage) => new Uri(storage.Urls.Single()).Port;

    static string Connection(int port) =>
        $"DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;"
        + $"BlobEndpoint=http://127.0.0.1:{port}/a;TableEndpoint=http://127.0.0.1:{port}/a;";

    async Task AssertNameInvalidAsync(string name)
    {
        string[] paths =
            [$"/v2/{name}/manifests/v1", $"/v2/{name}/blobs/{Digest}", $"/v2/{name}/tags/list", $"/v2/{name}/referrers/{Digest}"];
        foreach (var path in paths)
        {
            using var response = await _client.GetAsync(path);
            await response.AssertErrorAsync(HttpStatusCode.BadRequest, "NAME_INVALID");
        }
        using var post = await _client.PostAsync($"/v2/{name}/blobs/uploads/", null);
        await post.AssertErrorAsync(HttpStatusCode.BadRequest, "NAME_INVALID");
    }
}
