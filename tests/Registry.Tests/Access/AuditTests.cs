using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;
using Registry.Access;
using Registry.Oci;
using Registry.Tests.Storage;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Access;

/// <summary>What the audit log contains, and what no log may contain.</summary>
public sealed class AuditTests(AccessFixture fixture) : IClassFixture<AccessFixture>, IAsyncLifetime, IDisposable
{
    readonly LogCollector _log = new();
    TestRegistry _registry = null!;

    public async Task InitializeAsync()
    {
        _registry = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy, log: _log);
        _registry.TakeUploads();
    }

    public async Task DisposeAsync() => await _registry.DisposeAsync();

    public void Dispose() => _log.Dispose();

    [Fact]
    public async Task Every_push_delete_login_and_denial_is_audited()
    {
        var name = fixture.NewName("own");
        var layer = RandomBytes(10);
        var manifest = Image(layer).ToBytes();
        var owner = fixture.BasicOf("owner");
        var location = (await SendAsync("POST", $"/v2/{name}/blobs/uploads/", owner)).Headers.Location!.ToString();
        location = (await SendAsync("PATCH", location, owner, Body(layer))).Headers.Location!.ToString();
        await SendAsync("PUT", Closing(location, DigestOf(layer)), owner);
        await SendAsync("POST", $"/v2/{name}/blobs/uploads/?digest={DigestOf("{}"u8.ToArray())}", owner, Body("{}"u8.ToArray()));
        await SendAsync("PUT", $"/v2/{name}/manifests/v1", owner, Body(manifest, MediaType.OciManifest));
        await SendAsync("GET", $"/v2/{name}/manifests/v1", owner);
        await SendAsync("DELETE", $"/v2/{name}/blobs/{DigestOf(layer)}", owner);
        await SendAsync("DELETE", $"/v2/{name}/manifests/v1", owner);
        await SendAsync("PUT", $"/v2/{name}/manifests/v1", fixture.BasicOf("reader"), Body(manifest, MediaType.OciManifest));
        await SendAsync("GET", $"/v2/{name}/tags/list", null);
        await SendAsync("GET", "/v2/token", owner);
        await SendAsync("GET", "/v2/token", AccessFixture.Basic("owner", "wrong"));
        await SendAsync("GET", "/v2/token", AccessFixture.Basic(fixture.SecretOf("owner"), "wrong"));
        await SendAsync("PUT", $"/v2/{name}/manifests/{DigestOf(manifest)}?tag=a&tag=b\"%0d%0a&token=x",
            owner, Body(manifest, MediaType.OciManifest));
        await SendAsync("GET", "/v2/", new("Bearer", "regtok_wrong"));
        await SendAsync("GET", "/v2/token", null);

        string[] expected =
        [
            $"Push 201 robot:owner PUT {name} {DigestOf(layer)} owners",
            $"Push 201 robot:owner POST {name} {DigestOf("{}"u8.ToArray())} owners",
            $"Push 201 robot:owner PUT {name} {DigestOf(manifest)} owners",
            $"Delete 405 robot:owner DELETE {name}  owners",
            $"Delete 202 robot:owner DELETE {name}  owners",
            $"Denied 403 robot:reader PUT {name}  ",
            "Login 200 robot:owner GET   ",
            "Login 401 (owner) GET   ",
            "Login 401 (unknown) GET   ",
            $"Push 400 robot:owner PUT {name}  owners",
            "Login 401 (token) GET   ",
        ];
        Assert.Equal(expected, Audit().Select(entry => string.Join(' ', Field(entry, "Action"), Field(entry, "Status"), Field(entry,
            "Identity"), Field(entry, "Request").Split(' ')[0], Field(entry, "Repository"), Field(entry, "Digest"), Field(entry, "Rule"))));
        Assert.Contains(Audit(), entry => Field(entry, "Request")
            .EndsWith($"{DigestOf(manifest)} tag=a tag=b???", StringComparison.Ordinal));
        Assert.All(Audit(), entry => Assert.Equal("127.0.0.1", Field(entry, "Address")));
        Assert.All(Audit(), entry => Assert.DoesNotContain(entry.Text, char.IsControl));
        Assert.Equal(
            [
                $"""Push 201: "robot:owner" from 127.0.0.1, "PUT {location.Split('?')[0]} digest={DigestOf(layer)}", """
                + $"""repository {name}, digest {DigestOf(layer)}, rule "owners" """,
                $"""Delete 202: "robot:owner" from 127.0.0.1, "DELETE /v2/{name}/manifests/v1", repository {name}, rule "owners" """,
                """Login 401: "(owner)" from 127.0.0.1, "GET /v2/token" """,
            ],
            Audit().Where((_, i) => i is 0 or 4 or 7).Select(entry => entry.Text));
    }

    // S14 (docs/design/hardening.md)
    [Fact]
    public async Task Challenges_are_counted_and_summed_up()
    {
        using var metrics = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Name == "registry.challenges" && instrument.Meter.Scope == _registry.Get<IMeterFactory>())
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        long counted = 0;
        metrics.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref counted, value));
        metrics.Start();
        var name = fixture.NewName("own");
        foreach (var path in new[] { "/v2/", "/v2/_catalog", $"/v2/{name}/manifests/v1" })
            for (var i = 0; i < 20; i++) await SendAsync("GET", path, null);
        // These are audited one by one, as before.
        await SendAsync("GET", "/v2/", AccessFixture.Basic("owner", "wrong"));
        await SendAsync("GET", $"/v2/{name}/manifests/v1", fixture.BasicOf("stranger"));
        Assert.Equal(["Login 401", "Denied 403"], Audit().Select(entry => $"{Field(entry, "Action")} {Field(entry, "Status")}"));
        Assert.Equal(60, counted);
        await _registry.StopAsync();
        var summary = Audit().Last();
        Assert.Equal(("Challenged", "401", "60"), (Field(summary, "Action"), Field(summary, "Status"), Field(summary, "Count")));
        Assert.Equal(3, Audit().Count());
        // Each is in one summary.
        Assert.Equal(0, _registry.Get<ChallengeCounter>().Take());
    }

    [Fact]
    public async Task Restores_purges_mounts_and_refused_sign_ins_are_audited()
    {
        var (name, owner) = (fixture.NewName("own"), fixture.BasicOf("owner"));
        var layer = RandomBytes(10);
        var manifest = await fixture.Owner.PushImageAsync(name, "v1", layer);
        var deleted = $"/v2/{name}/_registry/deleted/manifests/{DigestOf(manifest)}";
        await SendAsync("DELETE", $"/v2/{name}/manifests/{DigestOf(manifest)}", owner);
        await SendAsync("POST", deleted, owner);
        await SendAsync("DELETE", deleted, owner);
        await SendAsync("DELETE", $"/v2/{name}/manifests/{DigestOf(manifest)}", owner);
        await SendAsync("DELETE", deleted, owner);
        var other = fixture.NewName("own");
        await SendAsync("POST", $"/v2/{other}/blobs/uploads/?mount={DigestOf(layer)}&from={name}", owner);
        // A token gets no further token.
        await SendAsync("GET", "/v2/token", await fixture.BearerOf("owner"));

        Assert.Equal(
            [
                $"Delete 202 robot:owner DELETE {name} owners", $"Push 200 robot:owner POST {name} owners",
                $"Delete 404 robot:owner DELETE {name} owners", $"Delete 202 robot:owner DELETE {name} owners",
                $"Delete 202 robot:owner DELETE {name} owners", $"Push 201 robot:owner POST {other} owners",
                "Login 401 (robot:owner) GET  ",
            ],
            Audit().Select(entry => string.Join(' ', Field(entry, "Action"), Field(entry, "Status"), Field(entry, "Identity"),
                Field(entry, "Request").Split(' ')[0], Field(entry, "Repository"), Field(entry, "Rule"))));
        Assert.Contains(Audit(), entry => Field(entry, "Request").EndsWith($" from={name}", StringComparison.Ordinal));
    }

    /// <summary>Subjects of tokens are text of others, too. An entry is one line, in which nothing closes the quotes.</summary>
    [Fact]
    public async Task Texts_of_others_are_cleaned_and_truncated()
    {
        var token = fixture.Issuer.Sign(fixture.Issuer.Claims("x\r\n\" \u001b[2J é", ("repository", AccessFixture.GitHubRepository)));
        await SendAsync("DELETE", $"/v2/{fixture.NewName("own")}/manifests/v1?tag={new string('y', 1000)}", new("Bearer", token));
        var entry = Assert.Single(Audit());
        Assert.Equal("ci:x??? ?[2J ?", Field(entry, "Identity"));
        Assert.Equal(400, Field(entry, "Request").Length);
    }

    /// <summary>What was stored of them is not known, so the log must have them.</summary>
    [Fact]
    public async Task Pushes_that_are_aborted_or_fail_are_audited()
    {
        var path = $"/v2/{fixture.NewName("own")}/manifests/v1";
        await using var tables = await DelayedTables.StartAsync(request => request.Target.Contains("$batch", StringComparison.Ordinal));
        await using var slow = await StartAsync(tables.ConnectionString);
        using var leaving = new CancellationTokenSource();
        var aborted = PutAsync(slow, leaving.Token);
        await tables.Arrived;
        await leaving.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => aborted);
        await using var cut = await StartAsync("DefaultEndpointsProtocol=http;AccountName=a;AccountKey=AAAA;"
            + "BlobEndpoint=http://127.0.0.1:9/a;TableEndpoint=http://127.0.0.1:9/a");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await PutAsync(cut, CancellationToken.None)).StatusCode);

        for (var i = 0; Audit().Count() < 2 && i < 300; i++) await Task.Delay(100);
        Assert.Equal(["Push 499 robot:owner", "Push 503 robot:owner"],
            Audit().Select(entry => $"{Field(entry, "Action")} {Field(entry, "Status")} {Field(entry, "Identity")}").Order());

        Task<TestRegistry> StartAsync(string storage) => TestRegistry.StartAsync(
            options => (options.Policy, options.Storage.ConnectionString) = (fixture.Policy, storage), log: _log);
        async Task<HttpResponseMessage> PutAsync(TestRegistry registry, CancellationToken cancel)
        {
            using var request = new HttpRequestMessage(HttpMethod.Put, path) { Content = Body(Index().ToBytes(), MediaType.OciIndex) };
            request.Headers.Authorization = fixture.BasicOf("owner");
            return await registry.Client.SendAsync(request, cancel);
        }
    }

    [Fact]
    public async Task Uploads_by_session_token_and_refused_tags_are_audited()
    {
        var name = fixture.NewName("own");
        await using var sending = await TestRegistry.StartAsync(options =>
            (options.Policy, options.Uploads.Location) = (fixture.Policy, _registry.Address));
        using var begin = new HttpRequestMessage(HttpMethod.Post, $"/v2/{name}/blobs/uploads/");
        begin.Headers.Authorization = fixture.BasicOf("pusher");
        begin.Headers.UserAgent.ParseAdd("crane/0.20.7 go-containerregistry/0.20.7");
        using var begun = await sending.Client.SendAsync(begin);
        var layer = RandomBytes(10);
        await SendAsync("PUT", Closing(begun.Headers.Location!.ToString(), DigestOf(layer)), null, Body(layer));
        await fixture.Owner.PushImageAsync(name, "v1", layer);
        await SendAsync("PUT", $"/v2/{name}/manifests/v1", fixture.BasicOf("pusher"),
            Body(Image(layer, layer).ToBytes(), MediaType.OciManifest));
        Assert.Equal(["Push 201 robot:pusher", "Denied 403 robot:pusher"],
            Audit().Select(entry => $"{Field(entry, "Action")} {Field(entry, "Status")} {Field(entry, "Identity")}"));
    }

    [Fact]
    public async Task No_secret_and_no_token_ever_reaches_a_log()
    {
        var name = fixture.NewName("own");
        var secrets = new List<string> { fixture.SecretOf("pusher"), fixture.BasicOf("pusher")!.Parameter! };
        var (_, jwt) = fixture.LoginOf("github")!.Value;
        secrets.AddRange(jwt, fixture.BasicOf("github")!.Parameter!, jwt.Split('.')[2]);
        foreach (var login in new[] { fixture.BasicOf("pusher"), AccessFixture.Basic("x", jwt), new("Bearer", jwt) })
        {
            using var answer = await SendAsync("GET", $"/v2/token?offline_token=true&scope=repository:{name}:pull,push", login);
            var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!;
            secrets.Add((string)document["token"]!);
            if ((string?)document["refresh_token"] is { } refresh) secrets.Add(refresh);
            var bearer = new AuthenticationHeaderValue("Bearer", (string)document["token"]!);
            var begun = await SendAsync("POST", $"/v2/{name}/blobs/uploads/", bearer);
            await SendAsync("PATCH", begun.Headers.Location!.ToString(), bearer, Body(RandomBytes(10)));
            await SendAsync("DELETE", $"/v2/{name}/manifests/v1", bearer);
        }
        using (var form = new FormUrlEncodedContent([new("grant_type", "password"),
            new("username", "pusher"), new("password", fixture.SecretOf("pusher"))]))
        {
            await SendAsync("POST", "/v2/token", null, form);
        }
        using (var form = new FormUrlEncodedContent([new("grant_type", "refresh_token"),
            new("refresh_token", secrets[^1])]))
        {
            await SendAsync("POST", "/v2/token", null, form);
        }
        // Wrong secrets must not be logged either: they may be right elsewhere.
        var wrong = Guid.NewGuid().ToString("N");
        secrets.Add(wrong);
        foreach (var login in new[] { AccessFixture.Basic(fixture.SecretOf("pusher"), "x"), AccessFixture.Basic("pusher", wrong),
            new("Bearer", wrong), new("Bearer", $"{jwt[..^10]}{wrong}"), new("Basic", wrong), new("Digest", wrong) })
        {
            await SendAsync("GET", "/v2/", login);
        }
        // The token of an upload session, at the host that it redirects to.
        await using var sending = await TestRegistry.StartAsync(options =>
            (options.Policy, options.Uploads.Location) = (fixture.Policy, _registry.Address), log: _log);
        using var begin = new HttpRequestMessage(HttpMethod.Post, $"/v2/{name}/blobs/uploads/");
        begin.Headers.Authorization = fixture.BasicOf("pusher");
        begin.Headers.UserAgent.ParseAdd("crane/0.20.7 go-containerregistry/0.20.7");
        using var session = await sending.Client.SendAsync(begin);
        secrets.Add(session.Headers.Location!.Query.Split('=')[1]);
        await SendAsync("PATCH", session.Headers.Location.ToString(), null, Body(RandomBytes(10)));
        await SendAsync("PATCH", session.Headers.Location + "x", null, Body(RandomBytes(10)));

        Assert.True(_log.Entries.Count(entry => entry.Level == LogLevel.Trace) > 10, "The log was not at its finest.");
        foreach (var entry in _log.Entries)
        {
            Assert.False(secrets.Any(secret => entry.Text.Contains(secret, StringComparison.Ordinal)),
                $"{entry.Category} logged: {entry.Text}");
        }
    }

    IEnumerable<LogEntry> Audit() => _log.Entries.Where(entry => entry.Category == global::Registry.Access.AuditLog.Category);

    static string Field(LogEntry entry, string name) => entry.Fields[name] ?? "";

    async Task<HttpResponseMessage> SendAsync(string method, string path, AuthenticationHeaderValue? login, HttpContent? body = null)
    {
        using var request = new HttpRequestMessage(new(method), path) { Content = body, Headers = { Authorization = login } };
        return await _registry.Client.SendAsync(request);
    }
}
