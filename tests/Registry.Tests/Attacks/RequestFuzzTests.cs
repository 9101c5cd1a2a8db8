using System.Collections.Concurrent;
using System.Text;
using Registry.Policies;
using Registry.Tests.Access;
using Xunit;
using Xunit.Abstractions;

namespace Registry.Tests.Attacks;

/// <summary>
/// Valid requests with random changes, in raw bytes, to the real server: none is answered with an internal error, and its memory stays
/// bounded.
/// </summary>
public class RequestFuzzTests(ITestOutputHelper output)
{
    const int Connections = 4;

    const string Blob = "sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a";

    /// <summary>Request line and headers, then the body. Authorization, Host and Content-Length are added.</summary>
    static readonly (string Head, string Body)[] s_seeds =
    [
        ("GET /v2/_catalog?n=5&last=a HTTP/1.1", ""),
        ("GET /v2/a/b/tags/list?n=2&last=v1 HTTP/1.1\r\nAccept: */*", ""),
        ("GET /v2/token?service=x&scope=repository:a/b:pull,push&scope=registry:catalog:*&offline_token=true HTTP/1.1", ""),
        ("POST /v2/token HTTP/1.1\r\nContent-Type: application/x-www-form-urlencoded",
            "grant_type=refresh_token&service=x&client_id=y&scope=repository:a:pull&refresh_token=abc&username=u&password=p"),
        ("POST /v2/a/b/blobs/uploads/ HTTP/1.1", ""),
        ($"POST /v2/a/b/blobs/uploads/?digest={Blob} HTTP/1.1\r\nContent-Type: application/octet-stream", "{}"),
        ($"POST /v2/a/c/blobs/uploads/?mount={Blob}&from=a/b HTTP/1.1", ""),
        ("PATCH SESSION HTTP/1.1\r\nContent-Range: 0-9\r\nContent-Type: application/octet-stream", "0123456789"),
        ("PATCH SESSION HTTP/1.1\r\nTransfer-Encoding: chunked", "5\r\nhello\r\n0\r\n\r\n"),
        ("GET SESSION HTTP/1.1", ""),
        ($"PUT SESSION?digest={Blob} HTTP/1.1", "{}"),
        ("DELETE SESSION HTTP/1.1", ""),
        ($"GET /v2/a/b/blobs/{Blob} HTTP/1.1\r\nRange: bytes=0-0,1-\r\nIf-Range: \"{Blob}\"\r\nIf-None-Match: W/\"a\", \"b\"", ""),
        ($"HEAD /v2/a/b/blobs/{Blob} HTTP/1.1", ""),
        ($"DELETE /v2/a/b/blobs/{Blob} HTTP/1.1", ""),
        ("GET /v2/a/b/manifests/v1 HTTP/1.1\r\nAccept: application/vnd.oci.image.manifest.v1+json;q=0.5, */*;q=0.1", ""),
        ($"PUT /v2/a/b/manifests/v1?tag=v2 HTTP/1.1\r\nContent-Type: application/vnd.oci.image.manifest.v1+json\r\nIf-Match: \"{Blob}\"",
            Manifest),
        ("PUT /v2/a/b/manifests/v1 HTTP/1.1\r\nContent-Type: application/vnd.oci.image.manifest.v1+json", Manifest),
        ("DELETE /v2/a/b/manifests/v1 HTTP/1.1\r\nIf-Match: *", ""),
        ($"GET /v2/a/b/referrers/{Blob}?artifactType=a/b&n=3&last=x HTTP/1.1", ""),
        ("GET /v2/a/b/_registry/tags/list?n=1 HTTP/1.1", ""),
        ("GET /v2/a/b/_registry/deleted/list HTTP/1.1", ""),
        ("POST /v2/a/b/_registry/deleted/manifests/v1 HTTP/1.1", ""),
        ("GET /v2/a/b/_registry/deleted/preview/v1 HTTP/1.1", ""),
        ("GET /v2/_registry/usage/list?last=a HTTP/1.1", ""),
        ("OPTIONS /v2/ HTTP/1.1\r\nOrigin: https://example.com\r\nAccess-Control-Request-Method: PUT", ""),
        ("GET /ui/app.js HTTP/1.1\r\nAccept-Encoding: br, gzip\r\nIf-None-Match: \"a\"", ""),
        ("GET / HTTP/1.1\r\nIf-None-Match: W/\"a\"\r\nIf-Match: \"b\", W/\"c\"", ""),
        ("GET /healthz/ready HTTP/1.1", ""),
    ];

    const string Manifest =
        """
        {"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","artifactType":"a/b",
         "config":{"mediaType":"application/vnd.oci.empty.v1+json",
         "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2},"layers":[],
         "annotations":{"a":"b"},"subject":{"mediaType":"application/vnd.oci.image.manifest.v1+json",
         "digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a","size":2}}
        """;

    readonly ConcurrentDictionary<string, int> _answers = new();

    [Fact]
    public async Task Changed_requests_get_no_internal_error_and_hold_no_memory()
    {
        var secret = RobotSecret.Create();
        await using var server = await AttackedServer.StartAsync(
            PolicyOf(secret), heapLimit: 256, $"--Registry:Storage:ConnectionString={await SharedAzurite.NewAccountAsync()}");
        var login = AccessFixture.Basic("fuzz", secret).ToString();
        using (var warm = await SendAsync(server, "GET /v2/ HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"u8.ToArray()))
            Assert.StartsWith("HTTP/1.1 401", await warm.ReadToEndAsync(TimeSpan.FromSeconds(30)), StringComparison.Ordinal);

        using var end = new CancellationTokenSource(FuzzRun.Length(usual: 6));
        await Task.WhenAll(Enumerable.Range(FuzzRun.Seed, Connections).Select(seed => FuzzAsync(server, login, seed, end.Token)));

        output.WriteLine($"Seed {FuzzRun.Seed}: {string.Join(", ", _answers.OrderBy(answer => answer.Key))}");
        output.WriteLine($"{server.Memory} MiB, at most {server.PeakMemory}");
        Assert.InRange(server.PeakMemory, 1, 500);
        Assert.Superset(new HashSet<string> { "200", "400", "404" }, _answers.Keys.ToHashSet());
    }

    async Task FuzzAsync(AttackedServer server, string login, int seed, CancellationToken end)
    {
        var mutator = new Mutator(seed);
        var session = "/v2/a/b/blobs/uploads/8b447b2d-88a4-4b11-8fd8-ce171450a594";
        while (!end.IsCancellationRequested)
        {
            var request = Create(mutator, login, session);
            using var connection = await SendAsync(server, request);
            string answer;
            try
            {
                answer = await connection.ReadToEndAsync(TimeSpan.FromSeconds(0.5));
            }
            catch (OperationCanceledException)
            {
                // A body that is shorter than it says: the server waits for the rest.
                _answers.AddOrUpdate("waits", 1, (_, count) => count + 1);
                continue;
            }
            var status = answer.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) ? answer["HTTP/1.1 ".Length..][..3] : "none";
            _answers.AddOrUpdate(status, 1, (_, count) => count + 1);
            // 505 is Kestrel's answer to another version of HTTP.
            Assert.False(status[0] == '5' && status != "505",
                $"{answer}\nto {Encoding.Latin1.GetString(request)}\nin base64 {Convert.ToBase64String(request)}\n{server.Output}");
            if (answer.Split("Location: ") is [_, var location] && location.Contains("/uploads/", StringComparison.Ordinal))
                session = location.Split('\r')[0];
        }
    }

    /// <summary>Head and body are changed apart, so that most requests stay valid HTTP and reach the registry.</summary>
    static byte[] Create(Mutator mutator, string login, string session)
    {
        var (head, content) = mutator.Pick(s_seeds);
        head = head.Replace("SESSION", session, StringComparison.Ordinal);
        var body = Encoding.UTF8.GetBytes(content);
        if (mutator.Next(3) > 0) body = mutator.Mutate(body);
        head += $"\r\nHost: registry.example.com\r\nConnection: close";
        var signed = mutator.Next(10) > 0;
        if (!signed) head += $"\r\nAuthorization: {mutator.Mutate(login)}";
        if (mutator.Next(3) > 0) head = mutator.Mutate(head);
        if (signed) head += $"\r\nAuthorization: {login}";
        if (!head.Contains("chunked", StringComparison.Ordinal)) head += $"\r\nContent-Length: {body.Length}";
        return [.. Encoding.UTF8.GetBytes(head + "\r\n\r\n"), .. body];
    }

    static async Task<RawConnection> SendAsync(AttackedServer server, byte[] request)
    {
        var connection = new RawConnection(server.Client.BaseAddress!);
        await connection.SendAsync(request);
        return connection;
    }

    static string PolicyOf(string secret) =>
        $$"""
        {
          "robots": { "fuzz": { "secrets": [{ "hash": "{{RobotSecret.Hash(secret)}}", "expires": "2999-01-01" }] } },
          "rules": [{ "name": "all", "subjects": [{ "robot": "fuzz" }], "repositories": ["**"], "actions": ["admin"] }]
        }
        """;
}
