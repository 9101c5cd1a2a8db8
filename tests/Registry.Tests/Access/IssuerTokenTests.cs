using System.Buffers.Text;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Registry.Tests.Access;

/// <summary>Which tokens of issuers are accepted.</summary>
public class IssuerTokenTests(AccessFixture fixture, IssuerTokenTests.UntrustedIssuer impostor) : IClassFixture<AccessFixture>,
    IClassFixture<IssuerTokenTests.UntrustedIssuer>
{
    static readonly string[] s_others = ["a", "b"];

    const string Header = """{"alg":"RS256","typ":"JWT"}""";

    TestIssuer Issuer => fixture.Issuer;

    [Fact]
    public async Task Valid_token_is_accepted_as_password_and_as_bearer()
    {
        foreach (var token in new[] { Issuer.GitHubToken("contoso/app"), Issuer.EntraToken([AccessFixture.Group], "Reader"),
            Raw(Header, Claims()), Raw(Header, Claims(("aud", new[] { "other", TestIssuer.Audience }))) })
        {
            await ExpectAsync(HttpStatusCode.OK, token);
        }
    }

    public static TheoryData<string> Bad() =>
    [
        "no signature, alg none", "no signature, alg None", "no signature, alg RS256",
            "alg none, signed", "alg HS256, signed with the public key as PEM", "alg HS256, signed with the modulus",
        "alg HS256, signed with the empty key", "another key, its id", "another key, the right id",
            "another key, in the header", "another key, at an address in the header", "another algorithm in the header",
        "algorithm by another name",
        "extension that must be understood", "signature of another token", "expired", "expires when it began", "not valid yet",
            "no expiry", "expiry is text", "expiry is before all time", "another audience", "no audience", "audiences, none of them here",
        "audience is an object", "another issuer", "no issuer", "issuer with a slash behind it", "issuer is a list",
            "no subject", "subject is empty", "subject is an object", "claim twice", "audience twice", "algorithm twice",
        "payload is a list", "payload is no JSON", "payload is deeper than any",
            "header is no JSON", "payload is a token", "encrypted", "four parts", "two parts", "no base64", "padding", "white space",
    ];

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Invalid_token_is_rejected(string flaw)
    {
        var good = Issuer.GitHubToken("contoso/app").Split('.');
        var id = $$"""{"alg":"RS256","typ":"JWT","kid":"{{Issuer.KeyId}}"}""";
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        var (evil, other) = (impostor.Issuer, impostor.Key);
        var jwk = $$"""{"kty":"RSA","kid":"mine","n":"{{Base64Url.EncodeToString(other.ExportParameters(false).Modulus)}}","e":"AQAB"}""";
        using var publicKey = RSA.Create(Issuer.PublicKey);
        var token = flaw switch
        {
            "no signature, alg none" => Unsigned("""{"alg":"none","typ":"JWT"}""", Claims()),
            "no signature, alg None" => Unsigned("""{"alg":"None"}""", Claims()),
            "no signature, alg RS256" => Unsigned(id, Claims()),
            "alg none, signed" => Raw("""{"alg":"none","typ":"JWT"}""", Claims()),
            "alg HS256, signed with the public key as PEM" => Hmac(Encoding.ASCII.GetBytes(publicKey.ExportSubjectPublicKeyInfoPem())),
            "alg HS256, signed with the modulus" => Hmac(Issuer.PublicKey.Modulus!),
            "alg HS256, signed with the empty key" => Hmac([]),
            "another key, its id" => By(other, """{"alg":"RS256","kid":"mine"}"""),
            "another key, the right id" => By(other, id),
            "another key, in the header" => By(other, $$"""{"alg":"RS256","kid":"mine","jwk":{{jwk}}}"""),
            "another key, at an address in the header" => evil.SignRaw(
                $$"""{"alg":"RS256","kid":"{{evil.KeyId}}","jku":"{{evil.Address}}/keys","x5u":"{{evil.Address}}/keys"}""", Claims()),
            "another algorithm in the header" => Raw(id.Replace("RS256", "ES256", StringComparison.Ordinal), Claims()),
            // The library knows it from XML signatures; it is not a name of RFC 7518.
            "algorithm by another name" => Raw(
                id.Replace("RS256", "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", StringComparison.Ordinal), Claims()),
            "extension that must be understood" => Raw(id.Replace("}", ",\"crit\":[\"x\"],\"x\":1}", StringComparison.Ordinal), Claims()),
            "signature of another token" => $"{Raw(id, Claims())[..^20]}{Raw(id, Claims(("jti", 1)))[^20..]}",
            "expired" => Raw(id, Claims(("exp", now - 61))),
            "expires when it began" => Raw(id, Claims(("nbf", now - 1000), ("exp", now - 1000))),
            "not valid yet" => Raw(id, Claims(("nbf", now + 120))),
            "no expiry" => Raw(id, Without("exp")),
            "expiry is text" => Raw(id, Claims(("exp", "tomorrow"))),
            "expiry is before all time" => Raw(id, Claims(("exp", -now))),
            "another audience" => Raw(id, Claims(("aud", "registry.test.evil"))),
            "no audience" => Raw(id, Without("aud")),
            "audiences, none of them here" => Raw(id, Claims(("aud", s_others))),
            "audience is an object" =>
                Raw(id, Claims(("aud", new Dictionary<string, string> { [TestIssuer.Audience] = TestIssuer.Audience }))),
            "another issuer" => evil.Sign(evil.Claims("repo:contoso/app", ("repository", "contoso/app"))),
            "no issuer" => Raw(id, Without("iss")),
            "issuer with a slash behind it" => Raw(id, Claims(("iss", Issuer.Address + "/"))),
            "issuer is a list" => Raw(id, Claims(("iss", new[] { Issuer.Address, "https://other.example.com" }))),
            "no subject" => Raw(id, Without("sub")),
            "subject is empty" => Raw(id, Claims(("sub", ""))),
            "subject is an object" => Raw(id, Claims(("sub", new Dictionary<string, string> { ["a"] = "b" }))),
            "claim twice" => Raw(id, Claims()[..^1] + ",\"repository\":\"contoso/other\"}"),
            "audience twice" => Raw(id, Claims()[..^1] + ",\"aud\":\"elsewhere\"}"),
            "algorithm twice" => Raw("""{"alg":"RS256","alg":"none"}""", Claims()),
            "payload is a list" => Raw(id, $"[{Claims()}]"),
            "payload is no JSON" => Raw(id, "repository=contoso/app"),
            "payload is deeper than any" => Raw(id, Claims()[..^1] + $",\"deep\":{new string('[', 1000)}{new string(']', 1000)}}}"),
            "header is no JSON" => Raw("RS256", Claims()),
            "payload is a token" => Raw(id.Replace("}", ",\"cty\":\"JWT\"}", StringComparison.Ordinal), string.Join('.', good)),
            "encrypted" => $"{TestIssuer.Encode("""{"alg":"RSA-OAEP","enc":"A256GCM"}""")}.{good[1]}.{good[1]}.{good[2]}.{good[2]}",
            "four parts" => string.Join('.', good) + ".x",
            "two parts" => $"{good[0]}.{good[1]}",
            "no base64" => $"{good[0]}.{good[1]}!.{good[2]}",
            "padding" => $"{good[0]}.{good[1]}==.{good[2]}",
            "white space" => $"{good[0]}.{good[1]} .{good[2]}",
            _ => throw new InvalidOperationException($"Nobody has said how a token gets the flaw \"{flaw}\"."),
        };
        await ExpectAsync(HttpStatusCode.Unauthorized, token);
        if (flaw.Contains("address", StringComparison.Ordinal)) Assert.Equal(0, evil.KeysAsked);

        string Hmac(byte[] key) => Signed($$"""{"alg":"HS256","typ":"JWT","kid":"{{Issuer.KeyId}}"}""",
            signed => HMACSHA256.HashData(key, signed));
        string By(RSA key, string header) =>
            Signed(header, signed => key.SignData(signed, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        string Signed(string header, Func<byte[], byte[]> sign)
        {
            var signed = $"{TestIssuer.Encode(header)}.{TestIssuer.Encode(Claims())}";
            return $"{signed}.{Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(signed)))}";
        }
    }

    /// <summary>Tokens are about a thousand characters long; above a limit they are rejected before parsing.</summary>
    [Theory]
    [InlineData(3_000, HttpStatusCode.OK)]
    [InlineData(19_000, HttpStatusCode.Unauthorized)]
    [InlineData(30_000, HttpStatusCode.RequestHeaderFieldsTooLarge)]
    public async Task Huge_token_is_rejected(int padding, HttpStatusCode expected)
    {
        // A registry of its own: the other tests use up the failures that it allows an address.
        await using var registry = await StartAsync(fixture.Issuer);
        Assert.Equal(expected, await TryAsync(registry, Raw(Header, Claims(("padding", new string('x', padding))))));
    }

    [Fact]
    public async Task Clock_skew_of_a_minute_is_tolerated()
    {
        var now = DateTimeOffset.UtcNow.ToUnixTimeSeconds();
        await ExpectAsync(HttpStatusCode.OK, Raw(Header, Claims(("exp", now - 30))));
        await ExpectAsync(HttpStatusCode.OK, Raw(Header, Claims(("nbf", now + 30))));
    }

    [Fact]
    public async Task Rotated_keys_are_fetched_and_old_ones_dropped()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var registry = await StartAsync(issuer);
        var old = issuer.GitHubToken("contoso/app");
        Assert.Equal(HttpStatusCode.OK, await TryAsync(registry, old));
        Assert.Equal(HttpStatusCode.OK, await TryAsync(registry, old));
        Assert.Equal(1, issuer.KeysAsked);
        issuer.RotateKey();
        Assert.Equal(HttpStatusCode.OK, await TryAsync(registry, issuer.GitHubToken("contoso/app")));
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(registry, old));
        // Tokens with unknown keys do not cause a request to the issuer each time.
        for (var i = 0; i < 50; i++) Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(registry, old[..^8] + "AAAAAAAA"));
        Assert.InRange(issuer.KeysAsked, 2, 3);
    }

    [Fact]
    public async Task Unreachable_issuer_is_503_and_not_a_rejection()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await using var registry = await StartAsync(issuer);
        issuer.Down = true;
        var token = issuer.GitHubToken("contoso/app");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, await TryAsync(registry, token));
        issuer.Down = false;
        // Discovery is repeated after a second at the earliest.
        await Task.Delay(1100);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(registry, token));
        // Known keys are cached.
        issuer.Down = true;
        Assert.Equal(HttpStatusCode.OK, await TryAsync(registry, issuer.GitHubToken("contoso/app")));
    }

    [Fact]
    public async Task Untrusted_issuer_is_never_contacted()
    {
        await using var issuer = await TestIssuer.StartAsync();
        await ExpectAsync(HttpStatusCode.Unauthorized, issuer.GitHubToken("contoso/app"));
        Assert.Equal(0, issuer.KeysAsked);
    }

    /// <summary>A symmetric key is refused: any party that can verify with it can also sign.</summary>
    [Fact]
    public async Task Symmetric_key_is_refused_even_if_the_issuer_lists_it()
    {
        await using var issuer = await TestIssuer.StartAsync();
        issuer.SharedKey = RandomNumberGenerator.GetBytes(64);
        await using var registry = await StartAsync(issuer);
        Assert.Equal(HttpStatusCode.OK, await TryAsync(registry, issuer.GitHubToken("contoso/app")));
        var signed = TestIssuer.Encode("""{"alg":"HS256","kid":"shared"}""")
            + $".{TestIssuer.Encode(JsonSerializer.Serialize(issuer.Claims("x")))}";
        Assert.Equal(HttpStatusCode.Unauthorized, await TryAsync(registry,
            $"{signed}.{Base64Url.EncodeToString(HMACSHA256.HashData(issuer.SharedKey, Encoding.ASCII.GetBytes(signed)))}"));
    }

    /// <summary>Valid tokens with one character changed, in thousands of ways.</summary>
    [Fact]
    public async Task Tampered_tokens_are_rejected()
    {
        var random = new Random(20261124);
        var tokens = new[] { Issuer.GitHubToken("contoso/app"),
            (await fixture.BearerOf("owner", $"repository:{fixture.NewName("own")}:*")).Parameter! };
        const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
        var changed = Enumerable.Range(0, 3000).Select(i =>
        {
            var token = tokens[i % 2];
            // Some bits of the last character are unused in base64url.
            var at = random.Next(token.Length - 1);
            var with = Alphabet[random.Next(Alphabet.Length)];
            return random.Next(3) switch
            {
                0 => token.Remove(at, 1 + random.Next(Math.Min(20, token.Length - at - 1))),
                1 => token.Insert(at, with.ToString()),
                _ => token[..at] + (token[at] == with ? 'x' == with ? 'y' : 'x' : with) + token[(at + 1)..],
            };
        }).Where(token => !tokens.Contains(token)).ToList();
        await Parallel.ForEachAsync(changed, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (token, _) =>
        {
            using var answer = await fixture.SendAsync("GET", "/v2/", new("Bearer", token));
            Assert.True(answer.StatusCode == HttpStatusCode.Unauthorized, $"{answer.StatusCode} for {token}");
        });
    }

    string Claims(params (string Name, object Value)[] more) =>
        JsonSerializer.Serialize(Issuer.Claims("repo:contoso/app:ref:refs/heads/main", [("repository", "contoso/app"), .. more]));

    string Without(string name)
    {
        var claims = Issuer.Claims("repo:contoso/app:ref:refs/heads/main", ("repository", "contoso/app"));
        claims.Remove(name);
        return JsonSerializer.Serialize(claims);
    }

    string Raw(string header, string payload) => Issuer.SignRaw(header, payload);

    static string Unsigned(string header, string payload) => $"{TestIssuer.Encode(header)}.{TestIssuer.Encode(payload)}.";

    static Task<TestRegistry> StartAsync(TestIssuer issuer) => TestRegistry.StartAsync(options => options.Policy =
        $$"""{ "issuers": { "ci": { "issuer": "{{issuer.Address}}", "audiences": ["{{TestIssuer.Audience}}"] } }, "rules": [] }""");

    static async Task<HttpStatusCode> TryAsync(TestRegistry registry, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/v2/") { Headers = { Authorization = new("Bearer", token) } };
        using var answer = await registry.Client.SendAsync(request);
        return answer.StatusCode;
    }

    async Task ExpectAsync(HttpStatusCode expected, string token)
    {
        foreach (var login in new[] { new AuthenticationHeaderValue("Bearer", token), AccessFixture.Basic("any", token) })
        {
            using var answer = await fixture.SendAsync("GET", "/v2/", login);
            // After several wrong passwords from this address, the answer is 429.
            var status = login.Scheme == "Basic" && answer.StatusCode == HttpStatusCode.TooManyRequests
                ? HttpStatusCode.Unauthorized : answer.StatusCode;
            Assert.Equal((login.Scheme, expected), (login.Scheme, status));
        }
    }

    /// <summary>An untrusted issuer and key: shared by all cases, since keys take long to generate.</summary>
    public sealed class UntrustedIssuer : IAsyncLifetime, IDisposable
    {
        public TestIssuer Issuer { get; private set; } = null!;

        public RSA Key { get; } = RSA.Create(2048);

        public async Task InitializeAsync() => Issuer = await TestIssuer.StartAsync();

        public async Task DisposeAsync() => await Issuer.DisposeAsync();

        public void Dispose() => Key.Dispose();
    }
}
