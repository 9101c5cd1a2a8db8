using System.Net;
using System.Net.Sockets;
using System.Text;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Access;

/// <summary>
/// Requests that no client sends: they must neither gain access nor break anything, and must not cause a 5xx.
/// </summary>
public class HostileInputTests(AccessFixture fixture) : IClassFixture<AccessFixture>
{
    const int Seed = 20261124;

    /// <summary>Scopes of every shape, thousands of them: a token never grants more than the policy allows.</summary>
    [Fact]
    public async Task Scopes_of_any_shape_grant_nothing_that_is_not_allowed()
    {
        var random = new Random(Seed);
        var (own, foreign) = (fixture.NewName("own"), fixture.NewName("foreign"));
        await fixture.Owner.PushImageAsync(own, "v1");
        await fixture.Owner.PushImageAsync(foreign, "v1");
        string[] parts =
        [
            "repository", "registry", "catalog", "repository(plugin)", "repository()",
                "", ":", "::", "*", "**", "pull", "push", "delete", "pull,push,delete,*", ",", ",,,", own, foreign, $"{own}/../{foreign}",
            foreign.ToUpperInvariant(), $"{own},{foreign}", "%2e%2e/", "\0",
                "\r\n", "\"", "\\", "é", "𝕏", "a/b", new string('a', 300), "admin", "overwrite", "63", "-1", "../", "{}", "[]",
                "$where",
        ];
        for (var round = 0; round < 60; round++)
        {
            var scopes = Enumerable.Range(0, 50).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 8))
                .Select(i => (i % 2 == 1 && random.Next(3) > 0 ? ":" : "") + parts[random.Next(parts.Length)]))).ToArray();
            // Kestrel limits a request line to 8 KiB.
            while (scopes.Sum(scope => Uri.EscapeDataString(scope).Length + 7) > 7000) scopes = scopes[..^1];
            var token = await fixture.BearerOf("reader", scopes);
            foreach (var (method, path) in new[] { ("POST", $"/v2/{own}/blobs/uploads/"), ("PUT", $"/v2/{own}/manifests/v1"),
                ("DELETE", $"/v2/{own}/manifests/v1"), ("GET", $"/v2/{foreign}/manifests/v1"), ("DELETE", $"/v2/{foreign}/manifests/v1") })
            {
                using var answer = await fixture.SendAsync(method, path, token);
                Assert.True(answer.StatusCode is HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized,
                    $"{method} {path}: {answer.StatusCode} with a token for {string.Join(' ', scopes)}");
            }
        }
    }

    [Fact]
    public async Task Malformed_credentials_are_refused_and_break_nothing()
    {
        var random = new Random(Seed);
        string[] parts =
        [
            "Basic", "Bearer", "basic", "BEARER", "Digest", "Negotiate", " ", "  ", ",", "=", ":", "", "null", "undefined", "Og==",
                "OjE=", Convert.ToBase64String(Encoding.UTF8.GetBytes("owner:")),
                Convert.ToBase64String(Encoding.UTF8.GetBytes(":" + fixture.SecretOf("owner"))),
            Convert.ToBase64String(Encoding.UTF8.GetBytes("owner")), Convert.ToBase64String([0xff, 0xfe, 0x3a, 0x00]), "regtok_",
                "regref_", "regtok_AAAA", "regsec_", "sha256:",
                "eyJ.eyJ.", "eyJhbGciOiJub25lIn0.e30.", "..", "...", new string('A', 5000), "\"quoted\"", "user=\"x\"",
        ];
        await Parallel.ForEachAsync(Enumerable.Range(0, 3000).Select(_ => string.Concat(Enumerable.Range(0, random.Next(1, 5))
            .Select(i => (i == 1 ? " " : "") + parts[random.Next(parts.Length)]))).ToList(), async (header, _) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/");
            request.Headers.TryAddWithoutValidation("Authorization", header);
            using var answer = await fixture.Registry.Client.SendAsync(request, CancellationToken.None);
            Assert.True(answer.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.TooManyRequests or HttpStatusCode.BadRequest,
                $"{answer.StatusCode} for {header}");
        });
    }

    /// <summary>Requests that two parsers could read differently (request smuggling), and header injection.</summary>
    [Theory]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: Basic AAAA\r\nAuthorization: {good}\r\n\r\n", "401")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: {host}\r\nAuthorization: {good}\r\nAuthorization: {good}\r\n\r\n", "401")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: {host}\r\nAuthorization : {good}\r\n\r\n", "400")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: {host}\r\nX: y\r\n Authorization: {good}\r\n\r\n", "400")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: {host}\r\nHost: evil\r\n\r\n", "400")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: a\"b\r\n\r\n", "400")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: evil\\\"\r\n\r\n", "400")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: \r\n\r\n", "401")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: a..b\r\n\r\n", "401")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: a:99999\r\n\r\n", "40")]
    [InlineData("GET /v2/ HTTP/1.1\r\nHost: !\r\n\r\n", "40")]
    [InlineData("GET /v2/%0d%0aSet-Cookie:x HTTP/1.1\r\nHost: {host}\r\n\r\n", "404")]
    [InlineData("GET /v2/{own}%0d%0aX:y/tags/list HTTP/1.1\r\nHost: {host}\r\n\r\n", "400")]
    [InlineData("POST /v2/token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "400")]
    [InlineData("POST /v2/token HTTP/1.1\r\nHost: {host}\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nGET /v2/ " +
        "HTTP/1.1\r\nHost: {host}\r\nAuthorization: {good}\r\n\r\n", "400")]
    [InlineData("POST /v2/token HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", "400")]
    [InlineData("POST /v2/token HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", "400")]
    [InlineData("GET /v2/{public}/../../../{foreign}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "401")]
    [InlineData("GET /v2/{public}/%2e%2e/%2E%2e/.%2e/{foreign}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "401")]
    [InlineData("GET /v2/{public}/..%2f..%2f..%2f{foreign}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "40")]
    [InlineData("GET /v2//{public}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "400")]
    [InlineData("GET http://evil/v2/{foreign}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "40")]
    [InlineData("TRACE /v2/{public}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "401")]
    [InlineData("get /v2/{foreign}/manifests/v1 HTTP/1.1\r\nHost: {host}\r\n\r\n", "401")]
    public async Task Ambiguous_requests_are_refused(string request, string status)
    {
        var (own, open, foreign) = (fixture.NewName("own"), fixture.NewName("public"), fixture.NewName("foreign"));
        foreach (var name in new[] { open, foreign }) await fixture.Owner.PushImageAsync(name, "v1");
        var text = request.Replace("{host}", fixture.Registry.Host, StringComparison.Ordinal)
            .Replace("{good}", fixture.BasicOf("owner")!.ToString(), StringComparison.Ordinal)
            .Replace("{own}", own, StringComparison.Ordinal)
                .Replace("{public}", open, StringComparison.Ordinal).Replace("{foreign}", foreign, StringComparison.Ordinal);
        using var client = new TcpClient();
        await client.ConnectAsync(fixture.Registry.Address.Host, fixture.Registry.Address.Port);
        var stream = client.GetStream();
        // Connection: close makes the stream end after the first answer, so that a smuggled second one is seen.
        await stream.WriteAsync(
            Encoding.Latin1.GetBytes(text.Replace("HTTP/1.1\r\n", "HTTP/1.1\r\nConnection: close\r\n", StringComparison.Ordinal)));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var answer = await reader.ReadToEndAsync().WaitAsync(TimeSpan.FromSeconds(20));
        Assert.StartsWith($"HTTP/1.1 {status}", answer, StringComparison.Ordinal);
        // Exactly one answer, without injected headers.
        Assert.Equal(2, answer.Split("HTTP/1.1").Length);
        Assert.DoesNotContain("Set-Cookie", answer, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("evil", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("200 OK", answer, StringComparison.Ordinal);
    }

    /// <summary>A browser must execute no pushed content under the registry's origin.</summary>
    [Fact]
    public async Task Browsers_execute_no_content()
    {
        var name = fixture.NewName("public");
        var page = "<script>alert(1)</script>"u8.ToArray();
        await fixture.Owner.PushImageAsync(name, "v1", page);
        foreach (var path in new[] { $"/v2/{name}/blobs/{DigestOf(page)}",
            $"/v2/{name}/manifests/v1", "/v2/", "/v2/nonsense", $"/v2/{fixture.NewName("foreign")}/tags/list" })
        {
            using var answer = await fixture.SendAsync("GET", path, null);
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("default-src 'none'; frame-ancestors 'none'; sandbox",
                answer.Headers.GetValues("Content-Security-Policy").Single());
        }
    }
}
