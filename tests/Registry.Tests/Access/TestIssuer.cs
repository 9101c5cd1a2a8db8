using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace Registry.Tests.Access;

/// <summary>
/// An OpenID Connect issuer on a port of its own: discovery, keys that can be rotated, and tokens of any shape.
/// </summary>
public sealed class TestIssuer : IAsyncDisposable
{
    public const string Audience = "registry.test";

    readonly WebApplication _app;
    int _requests;
    RsaSecurityKey _key = NewKey();

    TestIssuer(WebApplication app) => _app = app;

    /// <summary>The claim <c>iss</c> of its tokens.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Number of requests for its keys.</summary>
    public int KeysAsked { get; private set; }

    /// <summary>Whether it is unreachable.</summary>
    public bool Down { get; set; }

    /// <summary>Number of requests of any kind.</summary>
    public int Requests => _requests;

    /// <summary>Answers requests for the discovery document in its place; null for the right one.</summary>
    public Func<HttpContext, Task>? Discovery { get; set; }

    /// <summary>Answers requests for the keys in their place; null for the right ones.</summary>
    public Func<HttpContext, Task>? Keys { get; set; }

    /// <summary>A symmetric key listed among its keys; null for none.</summary>
    public byte[]? SharedKey { get; set; }

    public RSAParameters PublicKey => _key.Rsa.ExportParameters(includePrivateParameters: false);

    public string KeyId => _key.KeyId;

    public static async Task<TestIssuer> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var issuer = new TestIssuer(builder.Build());
        issuer._app.Use((context, next) =>
        {
            Interlocked.Increment(ref issuer._requests);
            return next(context);
        });
        issuer._app.MapGet("/.well-known/openid-configuration",
            (HttpContext context) => issuer.Discovery?.Invoke(context) ?? issuer.AnswerAsync(context, issuer.Describe));
        issuer._app.MapGet(
            "/keys", (HttpContext context) => issuer.Keys?.Invoke(context) ?? issuer.AnswerAsync(context, issuer.DescribeKeys));
        await issuer._app.StartAsync();
        issuer.Address = issuer._app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        return issuer;
    }

    /// <summary>Signs with a new key from now on, and no longer publishes the previous one.</summary>
    public void RotateKey() => _key = NewKey();

    /// <summary>The claims of a valid token.</summary>
    public Dictionary<string, object> Claims(string subject, params (string Name, object Value)[] more)
    {
        var now = DateTimeOffset.UtcNow;
        var claims = new Dictionary<string, object>
        {
            ["iss"] = Address,
            ["aud"] = Audience,
            ["sub"] = subject,
            ["iat"] = now.ToUnixTimeSeconds(),
            ["nbf"] = now.ToUnixTimeSeconds(),
            ["exp"] = now.AddMinutes(5).ToUnixTimeSeconds(),
        };
        foreach (var (name, value) in more) claims[name] = value;
        return claims;
    }

    /// <summary>A token of a workflow, as GitHub Actions issues them.</summary>
    public string GitHubToken(string repository, string reference = "refs/heads/main") => Sign(Claims(
        $"repo:{repository}:ref:{reference}", ("repository", repository),
            ("repository_owner", repository.Split('/')[0]), ("ref", reference), ("workflow", "ci"), ("actor", "octocat")));

    /// <summary>A token as Microsoft Entra ID issues them, for a user with these groups and roles.</summary>
    public string EntraToken(string[] groups, params string[] roles) => Sign(Claims(
        "AAAAAAAAAAAAAAAAAAAAAIkzqFVrSaSaFHy782bbtaQ", ("tid", Guid.NewGuid().ToString()),
            ("oid", Guid.NewGuid().ToString()), ("groups", groups), ("roles", roles), ("ver", "2.0")));

    public string Sign(Dictionary<string, object> claims) => new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }
        .CreateToken(new SecurityTokenDescriptor
        {
            Claims = claims,
            SigningCredentials = new SigningCredentials(_key, SecurityAlgorithms.RsaSha256)
        });

    /// <summary>Signs header and payload as they are, including what no library would write.</summary>
    public string SignRaw(string header, string payload)
    {
        var signed = $"{Encode(header)}.{Encode(payload)}";
        var bytes = System.Text.Encoding.ASCII.GetBytes(signed);
        return $"{signed}.{Base64Url.EncodeToString(_key.Rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1))}";
    }

    public static string Encode(string text) => Base64Url.EncodeToString(System.Text.Encoding.UTF8.GetBytes(text));

    public async ValueTask DisposeAsync() => await _app.DisposeAsync();

    static RsaSecurityKey NewKey() => new(RSA.Create(2048)) { KeyId = Guid.NewGuid().ToString("N") };

    async Task AnswerAsync(HttpContext context, Func<JsonObject> document)
    {
        context.Response.StatusCode = Down ? 503 : 200;
        if (!Down) await context.Response.WriteAsync(document().ToJsonString());
    }

    /// <summary>Its discovery document.</summary>
    public JsonObject Describe() => new()
    {
        ["issuer"] = Address,
        ["jwks_uri"] = $"{Address}/keys",
        ["id_token_signing_alg_values_supported"] = new JsonArray("RS256")
    };

    /// <summary>Its keys.</summary>
    public JsonObject DescribeKeys()
    {
        KeysAsked++;
        var keys = new JsonArray(new JsonObject
        {
            ["kty"] = "RSA",
            ["use"] = "sig",
            ["kid"] = KeyId,
            ["n"] = Base64Url.EncodeToString(PublicKey.Modulus),
            ["e"] = Base64Url.EncodeToString(PublicKey.Exponent),
        });
        if (SharedKey is { } shared)
            keys.Add(new JsonObject { ["kty"] = "oct", ["use"] = "sig", ["kid"] = "shared", ["k"] = Base64Url.EncodeToString(shared) });
        return new() { ["keys"] = keys };
    }
}
