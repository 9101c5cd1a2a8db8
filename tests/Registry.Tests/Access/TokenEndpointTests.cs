using System.Net;
using System.Net.Http.Headers;
using System.Text.Json.Nodes;
using Registry.Oci;
using Xunit;
using static Registry.Tests.OciContent;

namespace Registry.Tests.Access;

/// <summary>How clients get tokens, and what these grant.</summary>
public class TokenEndpointTests(AccessFixture fixture) : IClassFixture<AccessFixture>
{
    readonly HttpClient _client = fixture.Registry.Client;

    [Fact]
    public async Task Challenge_has_realm_service_and_scope()
    {
        var name = fixture.NewName("own");
        var realm = $"realm=\"http://{fixture.Registry.Host}/v2/token\",service=\"{fixture.Registry.Host}\"";
        foreach (var (method, path, scope) in new[]
        {
            ("GET", "/v2/", ""),
            ("GET", $"/v2/{name}/manifests/v1", $",scope=\"repository:{name}:pull\""),
            ("HEAD", $"/v2/{name}/blobs/{DigestOf([])}", $",scope=\"repository:{name}:pull\""),
            ("POST", $"/v2/{name}/blobs/uploads/", $",scope=\"repository:{name}:pull,push\""),
            ("POST", $"/v2/{name}/blobs/uploads/?mount={DigestOf([])}&from=other/one",
                $",scope=\"repository:{name}:pull,push repository:other/one:pull\""),
            ("POST", $"/v2/{name}/blobs/uploads/?mount={DigestOf([])}&from=Other\"", $",scope=\"repository:{name}:pull,push\""),
            ("PUT", $"/v2/{name}/manifests/v1", $",scope=\"repository:{name}:pull,push\""),
            ("DELETE", $"/v2/{name}/blobs/uploads/{Guid.NewGuid()}", $",scope=\"repository:{name}:pull,push\""),
            ("DELETE", $"/v2/{name}/manifests/v1", $",scope=\"repository:{name}:delete\""),
        })
        {
            using var answer = await fixture.SendAsync(method, path, null);
            Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
            Assert.Equal($"Bearer {realm}{scope}", answer.Headers.WwwAuthenticate.ToString());
            if (method != "HEAD") await answer.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
        }
    }

    [Fact]
    public async Task Catalog_challenge_has_its_own_scope()
    {
        using var answer = await fixture.SendAsync("GET", "/v2/_catalog", null);
        Assert.EndsWith(",scope=\"registry:catalog:*\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Challenge_has_the_public_address_if_configured()
    {
        await using var registry = await TestRegistry.StartAsync(options =>
            (options.Policy, options.PublicUrl) = (fixture.Policy, new Uri("https://registry.example.com")));
        using var answer = await registry.Client.GetAsync("/v2/");
        Assert.Equal("Bearer realm=\"https://registry.example.com/v2/token\",service=\"registry.example.com\"",
            answer.Headers.WwwAuthenticate.ToString());
    }

    [Fact]
    public async Task Without_accounts_there_is_no_challenge()
    {
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = TestPolicies.AnonymousMay("pull"));
        using var version = await registry.Client.GetAsync("/v2/");
        Assert.Equal(HttpStatusCode.OK, version.StatusCode);
        using var push = await registry.Client.PostAsync($"/v2/{TestRegistry.NewName()}/blobs/uploads/", null);
        await push.AssertErrorAsync(HttpStatusCode.Forbidden, "DENIED");
        using var wrong = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = AccessFixture.Basic("a", "b") } };
        using var refused = await registry.Client.SendAsync(wrong);
        // Stale credentials that a client cached for another registry do not cause a refusal.
        Assert.Equal(HttpStatusCode.OK, refused.StatusCode);
    }

    // S16 (docs/design/hardening.md)
    [Fact]
    public async Task Registry_on_the_same_account_with_another_audience_does_not_take_the_tokens()
    {
        static string With(string policy, string audience) =>
            policy.Replace($"\"{TestIssuer.Audience}\"", $"\"{audience}\"", StringComparison.Ordinal);
        await using var other = await TestRegistry.StartAsync(options => options.Policy = With(fixture.Policy, "another.registry"));
        await using var same = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy);
        var claims = fixture.Issuer.Claims("x", ("aud", new[] { "x", TestIssuer.Audience }));
        var login = AccessFixture.Basic("any", fixture.Issuer.Sign(claims));
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/token?offline_token=true") { Headers = { Authorization = login } };
        using var issued = await fixture.Registry.Client.SendAsync(request);
        var document = JsonNode.Parse(await issued.Content.ReadAsStringAsync())!;
        var access = new AuthenticationHeaderValue("Bearer", (string)document["token"]!);
        var refresh = AccessFixture.Basic("any", (string)document["refresh_token"]!);
        await using var moved = await TestRegistry.StartAsync(options =>
            options.Policy = fixture.Policy.Replace(fixture.Issuer.Address, "https://issuer.example.com", StringComparison.Ordinal));
        foreach (var (registry, expected) in new[]
        {
            (same, HttpStatusCode.OK), (other, HttpStatusCode.Unauthorized), (moved, HttpStatusCode.Unauthorized),
        })
        {
            foreach (var sent in new[] { access, refresh })
            {
                using var get = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = sent } };
                using var answer = await registry.Client.SendAsync(get);
                Assert.Equal((sent.Scheme, expected), (sent.Scheme, answer.StatusCode));
            }
        }
    }

    [Fact]
    public async Task Token_has_the_form_that_clients_expect()
    {
        using var answer = await fixture.AskTokenAsync(fixture.BasicOf("reader"), $"repository:{fixture.NewName("own")}:pull");
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        Assert.True(answer.Headers.CacheControl!.NoStore);
        var document = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!.AsObject();
        Assert.Equal(["token", "access_token", "expires_in", "issued_at"], document.Select(property => property.Key));
        Assert.Equal((string?)document["token"], (string?)document["access_token"]);
        Assert.Equal(300, (int?)document["expires_in"]);
        Assert.InRange(DateTimeOffset.Parse((string)document["issued_at"]!, System.Globalization.CultureInfo.InvariantCulture),
            DateTimeOffset.UtcNow.AddMinutes(-1), DateTimeOffset.UtcNow.AddSeconds(1));
    }

    [Fact]
    public async Task Token_grants_the_requested_and_allowed_scope_only()
    {
        var (own, other, foreign) = (fixture.NewName("own"), fixture.NewName("own"), fixture.NewName("foreign"));
        foreach (var name in new[] { own, other, foreign }) await fixture.Owner.PushImageAsync(name, "v1");
        var pulling = await fixture.BearerOf("pusher", $"repository:{own}:pull,delete", $"repository:{foreign}:pull");
        await ExpectAsync(200, "GET", $"/v2/{own}/manifests/v1", pulling);
        // Allowed by the policy, but not in the token's scope: challenged.
        await ExpectAsync(401, "GET", $"/v2/{other}/manifests/v1", pulling, "insufficient_scope");
        await ExpectAsync(401, "POST", $"/v2/{own}/blobs/uploads/", pulling, "insufficient_scope");
        // In the requested scope, but not allowed.
        await ExpectAsync(403, "DELETE", $"/v2/{own}/manifests/v1", pulling);
        await ExpectAsync(403, "GET", $"/v2/{foreign}/manifests/v1", pulling);
        // Several scopes in one parameter, as in OAuth.
        var both = await fixture.BearerOf("pusher", $"repository:{own}:pull,push repository:{other}:pull");
        await ExpectAsync(200, "GET", $"/v2/{other}/manifests/v1", both);
        await ExpectAsync(202, "POST", $"/v2/{own}/blobs/uploads/", both);
        await ExpectAsync(401, "GET", "/v2/_catalog", both, "insufficient_scope");
        await ExpectAsync(200, "GET", "/v2/_catalog", await fixture.BearerOf("pusher", "registry:catalog:*"));
        await ExpectAsync(200, "GET", "/v2/", await fixture.BearerOf("pusher"));
    }

    /// <summary>Otherwise a stolen token could be renewed forever.</summary>
    [Fact]
    public async Task Token_cannot_request_a_token()
    {
        var scope = $"repository:{fixture.NewName("own")}:pull";
        using var answer = await fixture.AskTokenAsync(await fixture.BearerOf("pusher", scope), scope);
        await answer.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Token_expires_after_five_minutes()
    {
        var clock = new SkewedClock();
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy, clock);
        var login = await fixture.BearerOf("reader");
        foreach (var (minutes, expected) in new[] { (4.9, HttpStatusCode.OK), (5.1, HttpStatusCode.Unauthorized) })
        {
            clock.Skew = TimeSpan.FromMinutes(minutes);
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = login } };
            using var answer = await registry.Client.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    /// <summary>
    /// A principal that is removed from the policy is rejected whatever tokens it has, and so is one that lost a permission.
    /// </summary>
    [Fact]
    public async Task Token_is_rejected_once_the_policy_denies_it()
    {
        var name = fixture.NewName("own");
        await fixture.Owner.PushImageAsync(name, "v1");
        var robot = await fixture.BearerOf("reader", $"repository:{name}:pull");
        var github = await fixture.BearerOf("github", $"repository:{name}:pull");
        var policy = JsonNode.Parse(fixture.Policy)!;
        policy["robots"]!["reader"]!["secrets"] = new JsonArray();
        policy["rules"]!.AsArray().Single(rule => (string)rule!["name"]! == "pushers")!["repositories"] = new JsonArray("elsewhere/**");
        await using var later = await TestRegistry.StartAsync(options => options.Policy = policy.ToJsonString());
        foreach (var (login, expected) in new[] { (robot, HttpStatusCode.Unauthorized), (github, HttpStatusCode.Forbidden) })
        {
            await ExpectAsync(200, "GET", $"/v2/{name}/manifests/v1", login);
            using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/{name}/manifests/v1") { Headers = { Authorization = login } };
            using var answer = await later.Client.SendAsync(request);
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    /// <summary>A token is for what the policy allowed when it was issued, however wide the requested scope was.</summary>
    [Fact]
    public async Task Token_gains_nothing_from_a_later_policy()
    {
        var name = fixture.NewName("own");
        var policy = JsonNode.Parse(fixture.Policy)!;
        policy["rules"] = new JsonArray();
        await using var before = await TestRegistry.StartAsync(options => options.Policy = policy.ToJsonString());
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/v2/token?scope=registry:catalog:*&scope=repository:{name}:*")
        {
            Headers = { Authorization = fixture.BasicOf("owner") },
        };
        using var answer = await before.Client.SendAsync(request);
        var token = (string)JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["token"]!;
        await ExpectAsync(200, "GET", "/v2/", new("Bearer", token));
        await ExpectAsync(401, "GET", $"/v2/{name}/manifests/v1", new("Bearer", token), "insufficient_scope");
        await ExpectAsync(401, "GET", "/v2/_catalog", new("Bearer", token), "insufficient_scope");
    }

    [Fact]
    public async Task Every_host_on_the_same_storage_accepts_the_token()
    {
        await using var other = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy);
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/")
        {
            Headers = { Authorization = await fixture.BearerOf("reader") },
        };
        using var answer = await other.Client.SendAsync(request);
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
    }

    [Fact]
    public async Task Password_grant_works_like_basic()
    {
        var name = fixture.NewName("own");
        var document = await PostAsync(("grant_type", "password"), ("username", "pusher"), ("password", fixture.SecretOf("pusher")),
            ("service", "x"), ("scope", $"repository:{name}:pull,push"), ("client_id", "docker"), ("access_type", "offline"));
        await ExpectAsync(202, "POST", $"/v2/{name}/blobs/uploads/", new("Bearer", (string)document["access_token"]!));
        // A robot's secret is long-lived already.
        Assert.Null(document["refresh_token"]);
    }

    [Fact]
    public async Task Token_of_an_issuer_gets_a_refresh_token_of_hours()
    {
        var name = fixture.NewName("own");
        var clock = new SkewedClock();
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy, clock);
        var (_, password) = fixture.LoginOf("github")!.Value;
        var document = await PostAsync(("grant_type", "password"), ("username", "x"), ("password", password), ("access_type", "offline"));
        var refresh = (string)document["refresh_token"]!;
        // Only on request.
        foreach (var query in new[] { "", "?offline_token=false" })
        {
            using var unasked = await fixture.SendAsync("GET", $"/v2/token{query}", AccessFixture.Basic("x", password));
            Assert.Null(JsonNode.Parse(await unasked.Content.ReadAsStringAsync())!["refresh_token"]);
        }
        using (var byGet = await fixture.SendAsync("GET", "/v2/token?offline_token=true", AccessFixture.Basic("x", password)))
            Assert.NotNull(JsonNode.Parse(await byGet.Content.ReadAsStringAsync())!["refresh_token"]);

        var next = await PostAsync(("grant_type", "refresh_token"), ("refresh_token", refresh), ("scope", $"repository:{name}:pull,push"));
        await ExpectAsync(202, "POST", $"/v2/{name}/blobs/uploads/", new("Bearer", (string)next["access_token"]!));
        // Its lifetime is fixed: no request renews it.
        Assert.Null((await PostAsync(("grant_type", "refresh_token"),
            ("refresh_token", refresh), ("access_type", "offline")))["refresh_token"]);
        using (var byGet = await fixture.SendAsync("GET", "/v2/token?offline_token=true", AccessFixture.Basic("x", refresh)))
            Assert.Null(JsonNode.Parse(await byGet.Content.ReadAsStringAsync())!["refresh_token"]);
        // It works as a password, for clients that support nothing else, but not as a token for requests.
        using (var asPassword = await fixture.SendAsync("GET", "/v2/", AccessFixture.Basic("x", refresh)))
        {
            Assert.Equal(HttpStatusCode.OK,
            asPassword.StatusCode);
        }
        await ExpectAsync(401, "GET", "/v2/", new("Bearer", refresh), "invalid_token");

        foreach (var (hours, expected) in new[] { (2.9, HttpStatusCode.OK), (3.1, HttpStatusCode.Unauthorized) })
        {
            clock.Skew = TimeSpan.FromHours(hours);
            using var answer = await registry.Client.PostAsync("/v2/token",
                Form(("grant_type", "refresh_token"), ("refresh_token", refresh)));
            Assert.Equal(expected, answer.StatusCode);
        }
    }

    [Fact]
    public async Task Access_token_refreshes_nothing()
    {
        var token = (await fixture.BearerOf("github")).Parameter!;
        using var answer = await _client.PostAsync("/v2/token", Form(("grant_type", "refresh_token"), ("refresh_token", token)));
        await answer.AssertErrorAsync(HttpStatusCode.Unauthorized, "UNAUTHORIZED");
    }

    [Fact]
    public async Task Unsupported_token_form_is_refused()
    {
        foreach (var form in new[] { Form(), Form(("grant_type", "authorization_code")),
            Form(("grant_type", "password"), ("username", "reader")), Form(("grant_type", "refresh_token")) })
        {
            using var answer = await _client.PostAsync("/v2/token", form);
            await answer.AssertErrorAsync(HttpStatusCode.BadRequest, "UNSUPPORTED");
        }
        using var large = await _client.PostAsync("/v2/token",
            Form(("grant_type", "password"), ("username", "reader"), ("password", new string('x', 100_000))));
        await large.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "UNSUPPORTED");
        using var many = await _client.PostAsync("/v2/token", Form([.. Enumerable.Range(0, 200).Select(i => ($"field{i}", "x"))]));
        await many.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "UNSUPPORTED");
    }

    /// <summary>Also where the length is not announced, or many short values make it up.</summary>
    [Fact]
    public async Task Form_of_another_type_or_too_long_is_refused()
    {
        foreach (var type in new[] { "text/plain", "application/json" })
        {
            using var other = Form(("grant_type", "password"), ("username", "reader"), ("password", fixture.SecretOf("reader")));
            other.Headers.ContentType = new(type);
            using var refused = await _client.PostAsync("/v2/token", other);
            await refused.AssertErrorAsync(HttpStatusCode.BadRequest, "UNSUPPORTED");
        }
        using var many = Form([.. Enumerable.Range(0, 25).Select(i => ($"field{i}", new string('x', 3000)))]);
        using var announced = await _client.PostAsync("/v2/token", many);
        await announced.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "UNSUPPORTED");
        using var request = new HttpRequestMessage(HttpMethod.Post, "/v2/token")
        {
            Content = Form(("grant_type", "password"), ("username", "reader"), ("password", new string('x', 100_000))),
            Headers = { TransferEncodingChunked = true },
        };
        using var chunked = await _client.SendAsync(request);
        await chunked.AssertErrorAsync(HttpStatusCode.RequestEntityTooLarge, "UNSUPPORTED");
    }

    /// <summary>Otherwise a client could get a token that fits into no request.</summary>
    [Fact]
    public async Task Scopes_beyond_64_are_ignored()
    {
        var (prefix, scopes) = (fixture.NewName("own"), Enumerable.Range(1, 65));
        var document = await PostAsync(("grant_type", "password"), ("username", "owner"), ("password", fixture.SecretOf("owner")),
            ("scope", string.Join(' ', scopes.Select(i => $"repository:{prefix}/{i}:pull"))));
        var login = new AuthenticationHeaderValue("Bearer", (string)document["token"]!);
        await ExpectAsync(404, "GET", $"/v2/{prefix}/64/manifests/v1", login);
        await ExpectAsync(401, "GET", $"/v2/{prefix}/65/manifests/v1", login, "insufficient_scope");
    }

    [Theory]
    [InlineData("repository", 404)]
    [InlineData("repository(plugin)", 404)]
    [InlineData("repository(plugin", 401)]
    [InlineData("registry", 401)]
    [InlineData("", 401)]
    public async Task Scope_is_for_a_repository_by_its_type(string type, int status)
    {
        var name = fixture.NewName("own");
        await ExpectAsync(status, "GET", $"/v2/{name}/manifests/v1", await fixture.BearerOf("owner", $"{type}:{name}:pull"));
    }

    [Fact]
    public async Task Wrong_credentials_are_throttled_and_right_ones_never()
    {
        using var log = new LogCollector();
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = fixture.Policy, log: log);
        var statuses = new List<HttpStatusCode>();
        for (var i = 0; i < 50; i++)
        {
            using var wrong = await LoginAsync(i % 2 == 0 ? "reader" : $"nobody{i}", "wrong");
            statuses.Add(wrong.StatusCode);
            if (wrong.StatusCode == HttpStatusCode.TooManyRequests) Assert.Equal(TimeSpan.FromMinutes(1), wrong.Headers.RetryAfter?.Delta);
        }
        Assert.Equal([.. Enumerable.Repeat(HttpStatusCode.Unauthorized, 20),
            .. Enumerable.Repeat(HttpStatusCode.TooManyRequests, 30)], statuses);
        // Failures of one caller do not block others, and do not flood the log.
        foreach (var who in new[] { "reader", "pusher", "github" })
        {
            var (user, password) = fixture.LoginOf(who)!.Value;
            using var right = await LoginAsync(user, password);
            Assert.Equal(HttpStatusCode.OK, right.StatusCode);
        }
        Assert.Equal(21, log.Entries.Count(entry => entry.Category == global::Registry.Access.AuditLog.Category
            && entry.Fields["Status"] is "401" or "429"));

        async Task<HttpResponseMessage> LoginAsync(string user, string password)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/token")
            {
                Headers = { Authorization = AccessFixture.Basic(user, password) },
            };
            return await registry.Client.SendAsync(request);
        }
    }

    /// <summary>Access tokens get no tokens, and refresh tokens authorize no requests, even when relabelled.</summary>
    [Fact]
    public async Task Access_and_refresh_tokens_are_not_interchangeable()
    {
        var (_, password) = fixture.LoginOf("github")!.Value;
        var document = await PostAsync(("grant_type", "password"), ("username", "x"), ("password", password), ("access_type", "offline"));
        var (access, refresh) = ((string)document["access_token"]!, (string)document["refresh_token"]!);
        Assert.StartsWith("regtok_", access, StringComparison.Ordinal);
        Assert.StartsWith("regref_", refresh, StringComparison.Ordinal);
        await ExpectAsync(401, "GET", "/v2/", new("Bearer", "regtok_" + refresh["regref_".Length..]));
        using var answer = await _client.PostAsync("/v2/token",
            Form(("grant_type", "refresh_token"), ("refresh_token", "regref_" + access["regtok_".Length..])));
        Assert.NotEqual(HttpStatusCode.OK, answer.StatusCode);
    }

    [Theory]
    [InlineData("push", "DELETE", "manifests/v1")]
    [InlineData("pull", "DELETE", "manifests/v1")]
    [InlineData("pull,push", "DELETE", "manifests/v1")]
    [InlineData("delete", "GET", "manifests/v1")]
    [InlineData("delete", "POST", "blobs/uploads/")]
    [InlineData("pull", "POST", "blobs/uploads/")]
    [InlineData("push", "GET", "manifests/v1")]
    [InlineData("pull,push,delete", "GET", "_registry/usage/latest")]
    [InlineData("admin,list,overwrite,everything", "GET", "manifests/v1")]
    [InlineData("pull,push,delete", "DELETE", "_registry/deleted/manifests/v1")]
    public async Task Each_action_of_a_scope_allows_its_own_requests(string words, string method, string path)
    {
        var name = fixture.NewName("own");
        await fixture.Owner.PushImageAsync(name, "v1");
        await ExpectAsync(401, method, $"/v2/{name}/{path}",
            await fixture.BearerOf("owner", $"repository:{name}:{words}"), "insufficient_scope");
    }

    [Fact]
    public async Task Mount_requires_pull_on_the_source()
    {
        var (to, foreign, anyone, own) = (fixture.NewName("own"),
            fixture.NewName("foreign"), fixture.NewName("public"), fixture.NewName("own"));
        var (secret, open, mine) = (RandomBytes(50), RandomBytes(51), RandomBytes(52));
        await fixture.Owner.PushBlobAsync(foreign, secret);
        await fixture.Owner.PushBlobAsync(anyone, open);
        await fixture.Owner.PushBlobAsync(own, mine);
        foreach (var login in new[] { fixture.BasicOf("pusher"), await fixture.BearerOf("pusher",
            $"repository:{to}:pull,push", $"repository:{foreign}:pull", $"repository:{anyone}:pull", $"repository:{own}:pull") })
        {
            await ExpectAsync(202, "POST", $"/v2/{to}/blobs/uploads/?mount={DigestOf(secret)}&from={foreign}", login);
            await ExpectAsync(202, "POST", $"/v2/{to}/blobs/uploads/?mount={DigestOf(secret)}", login);
            await ExpectAsync(404, "HEAD", $"/v2/{to}/blobs/{DigestOf(secret)}", login);
            await ExpectAsync(201, "POST", $"/v2/{to}/blobs/uploads/?mount={DigestOf(open)}&from={anyone}", login);
            await ExpectAsync(201, "POST", $"/v2/{to}/blobs/uploads/?mount={DigestOf(mine)}", login);
        }
        // Allowed, but the token's scope does not include the source.
        var narrow = await fixture.BearerOf("pusher", $"repository:{to}:pull,push");
        await ExpectAsync(202, "POST", $"/v2/{to}/blobs/uploads/?mount={DigestOf(mine)}&from={own}", narrow);
    }

    [Fact]
    public async Task Tags_are_written_once_without_the_right_to_overwrite()
    {
        var name = fixture.NewName("own");
        var layer = RandomBytes(20);
        var first = await fixture.Owner.PushImageAsync(name, "v1", layer);
        var second = await fixture.Owner.PushImageAsync(name, null, layer, layer);
        var pusher = fixture.BasicOf("pusher");
        // Pushing the same manifest again changes nothing.
        await ExpectAsync(201, "PUT", $"/v2/{name}/manifests/v1", pusher, body: first);
        await ExpectAsync(403, "PUT", $"/v2/{name}/manifests/v1", pusher, body: second);
        await ExpectAsync(403, "PUT", $"/v2/{name}/manifests/{DigestOf(second)}?tag=new&tag=v1", pusher, body: second);
        Assert.Equal("""["v1"]""", (await fixture.Owner.GetJsonAsync($"/v2/{name}/tags/list"))["tags"]!.ToJsonString());
        await ExpectAsync(201, "PUT", $"/v2/{name}/manifests/v2", pusher, body: second);
        await ExpectAsync(201, "PUT", $"/v2/{name}/manifests/v1", fixture.BasicOf("owner"), body: second);
        using var moved = await fixture.Owner.GetAsync($"/v2/{name}/manifests/v1");
        Assert.Equal(DigestOf(second), moved.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Fact]
    public async Task Authorization_costs_one_transaction_for_a_push_without_overwrite_and_else_none()
    {
        var name = fixture.NewName("own");
        var manifest = await fixture.Owner.PushImageAsync(name, "v1");
        foreach (var (who, method, path, expected) in new[] { ("reader", "GET", "manifests/v1", 1),
            ("owner", "PUT", "manifests/a", 2), ("pusher", "PUT", "manifests/b", 3), ("github", "PUT", "manifests/c", 3) })
        {
            var login = await fixture.BearerOf(who, $"repository:{name}:pull,push");
            // The first request of a process has to register the repository, or to fill a cache.
            for (var i = 0; i < 2; i++)
            {
                var before = fixture.Registry.Transactions;
                using var answer = await fixture.SendAsync(method, $"/v2/{name}/{path}{i}"[..^(method == "GET" ? 1 : 0)],
                    login, method == "PUT" ? Body(manifest, MediaType.OciManifest) : null);
                Assert.True(answer.IsSuccessStatusCode);
                if (i > 0) Assert.Equal((who, method, expected), (who, method, fixture.Registry.Transactions - before));
            }
        }
    }

    /// <summary>The same bytes with another media type are different content for clients.</summary>
    [Fact]
    public async Task Media_type_of_a_manifest_is_written_once_too()
    {
        var name = fixture.NewName("own");
        await fixture.Owner.PushBlobAsync(name, "{}"u8.ToArray());
        var image = Image();
        image.Remove("mediaType");
        var manifest = image.ToBytes();
        foreach (var reference in new[] { "v1", DigestOf(manifest) })
        {
            foreach (var (who, type, expected) in new[] { ("pusher", MediaType.OciManifest, HttpStatusCode.Created),
                ("pusher", "application/vnd.example", HttpStatusCode.Forbidden),
                ("owner", "application/vnd.example", HttpStatusCode.Forbidden),
                ("pusher", MediaType.OciManifest, HttpStatusCode.Created) })
            {
                using var put = await fixture.SendAsync("PUT",
                    $"/v2/{name}/manifests/{reference}", fixture.BasicOf(who), Body(manifest, type));
                Assert.Equal((reference, type, expected), (reference, type, put.StatusCode));
            }
            using var pull = await fixture.Owner.GetAsync($"/v2/{name}/manifests/{reference}");
            Assert.Equal(MediaType.OciManifest, pull.Content.Headers.ContentType?.MediaType);
        }
    }

    /// <summary>
    /// Of many concurrent pushes of different manifests under one new tag, one wins; the others are refused and do not replace
    /// it.
    /// </summary>
    [Fact]
    public async Task Tags_are_written_once_in_a_race_too()
    {
        var name = fixture.NewName("own");
        var manifests = new List<byte[]>();
        for (var i = 0; i < 8; i++) manifests.Add(await fixture.Owner.PushImageAsync(name, null, RandomBytes(10 + i)));
        var answers = await Task.WhenAll(manifests.Select(manifest =>
            fixture.SendAsync("PUT", $"/v2/{name}/manifests/v1", fixture.BasicOf("pusher"), Body(manifest, MediaType.OciManifest))));
        Assert.Equal(1, answers.Count(answer => answer.StatusCode == HttpStatusCode.Created));
        Assert.Equal(7, answers.Count(answer => answer.StatusCode == HttpStatusCode.Forbidden));
        var winner = DigestOf(manifests[Array.FindIndex(answers, answer => answer.StatusCode == HttpStatusCode.Created)]);
        using var tagged = await fixture.Owner.GetAsync($"/v2/{name}/manifests/v1");
        Assert.Equal(winner, tagged.Headers.GetValues("Docker-Content-Digest").Single());
    }

    [Fact]
    public async Task Catalog_pages_contain_listable_repositories_only()
    {
        var names = new Dictionary<string, List<string>>();
        foreach (var kind in new[] { "foreign", "own", "public" })
        {
            names[kind] = [];
            for (var i = 0; i < 3; i++)
            {
                names[kind].Add(fixture.NewName(kind));
                await fixture.Owner.PushImageAsync(names[kind][^1], "v1");
            }
        }
        foreach (var (who, kinds) in new[] { ("anonymous", "public"),
            ("pusher", "public"), ("reader", "own public"), ("owner", "own public"), ("stranger", "public") })
        {
            for (var n = 1; n <= 7; n++)
            {
                var seen = new List<string>();
                for (var path = $"/v2/_catalog?n={n}"; path is not null;)
                {
                    using var answer = await fixture.SendAsync("GET", path, await fixture.BearerOf(who, "registry:catalog:*"));
                    var text = await answer.Content.ReadAsStringAsync();
                    Assert.DoesNotContain("foreign",
                        text + string.Join(' ', answer.Headers.Select(header => string.Join(' ', header.Value))), StringComparison.Ordinal);
                    seen.AddRange(JsonNode.Parse(text)!["repositories"]!.AsArray().Select(name => (string)name!));
                    path = answer.Headers.TryGetValues("Link", out var link) ? link.Single().Split('<', '>')[1] : null;
                }
                // Other tests of this class push concurrently.
                Assert.Equal(kinds.Split(' ').SelectMany(kind => names[kind]).Order(StringComparer.Ordinal),
                    seen.Where(name => names.Values.Any(list => list.Contains(name))));
                Assert.Equal(seen.Distinct().Order(StringComparer.Ordinal), seen);
                Assert.All(seen, name => Assert.StartsWith(fixture.Prefix, name, StringComparison.Ordinal));
            }
        }
    }

    /// <summary>A rule whose pattern has a common prefix with listed and unlisted names.</summary>
    [Fact]
    public async Task Catalog_pages_do_not_reveal_other_repositories()
    {
        var prefix = $"access-{Guid.NewGuid():N}";
        var policy = $$"""{"rules":[{"name":"shops","subjects":[{"anonymous":true}],""" +
            $$""" "repositories":["{{prefix}}/*/shop"],"actions":["list"]}]}""";
        await using var registry = await TestRegistry.StartAsync(options => options.Policy = policy);
        foreach (var name in new[] { "a/shop", "b/hidden", "c/shop", "d/hidden", "d/shop", "e/hidden" })
            await fixture.Owner.PushImageAsync($"{prefix}/{name}", "v1");
        foreach (var (query, expected, more) in new[] { ("n=1", "a/shop", true), ("n=2", "a/shop c/shop", true),
            ("n=3", "a/shop c/shop d/shop", false), ($"n=1&last={prefix}/c/zzz", "d/shop", false),
            ($"n=1&last={prefix}/d/shop", "", false), ("n=1000", "a/shop c/shop d/shop", false) })
        {
            using var answer = await registry.Client.GetAsync($"/v2/_catalog?{query}");
            var names = JsonNode.Parse(await answer.Content.ReadAsStringAsync())!["repositories"]!.AsArray()
                .Select(name => ((string)name!)[(prefix.Length + 1)..]);
            Assert.Equal((query, expected, more), (query, string.Join(' ', names), answer.Headers.Contains("Link")));
        }
    }

    static FormUrlEncodedContent Form(params (string Name, string Value)[] fields) =>
        new(fields.Select(field => KeyValuePair.Create(field.Name, field.Value)));

    async Task<JsonNode> PostAsync(params (string Name, string Value)[] fields)
    {
        using var answer = await _client.PostAsync("/v2/token", Form(fields));
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        return JsonNode.Parse(text)!;
    }

    async Task ExpectAsync(int status, string method, string path,
        AuthenticationHeaderValue? login, string? error = null, byte[]? body = null)
    {
        using var answer = await fixture.SendAsync(method, path, login, body is null ? null : Body(body, MediaType.OciManifest));
        Assert.Equal((method, path, status), (method, path, (int)answer.StatusCode));
        if (error is not null) Assert.EndsWith($",error=\"{error}\"", answer.Headers.WwwAuthenticate.ToString(), StringComparison.Ordinal);
    }

    sealed class SkewedClock : TimeProvider
    {
        public TimeSpan Skew { get; set; }

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Skew;
    }
}
