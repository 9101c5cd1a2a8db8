using System.Buffers.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Registry.Tests.Storage;

/// <summary>
/// The endpoint where an app in Azure requests tokens of its managed identity: this process finds it by the variables that
/// Azure sets.
/// </summary>
/// <remarks>Its tokens have no signature; the emulator reads only their claims.</remarks>
sealed class IdentityService : IAsyncDisposable
{
    /// <summary>Object id of the tokens' principal.</summary>
    public const string Principal = "d1f6f3f2-7a3f-4bb0-9f7d-1b6f6a1f2c33";

    readonly WebApplication _app;

    IdentityService(WebApplication app) => _app = app;

    public static async Task<IdentityService> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder(["--hostBuilder:reloadConfigOnChange=false"]);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            var expires = DateTimeOffset.UtcNow.AddDays(1).ToUnixTimeSeconds();
            return context.Response.WriteAsJsonAsync(new Dictionary<string, string>
            {
                ["access_token"] = CreateToken(expires),
                ["expires_on"] = $"{expires}",
                ["resource"] = context.Request.Query["resource"]!,
                ["token_type"] = "Bearer",
            });
        });
        await app.StartAsync();
        var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        Set($"{address}/token", "secret");
        return new IdentityService(app);
    }

    public async ValueTask DisposeAsync()
    {
        Set(null, null);
        await _app.DisposeAsync();
    }

    static void Set(string? endpoint, string? header)
    {
        Environment.SetEnvironmentVariable("IDENTITY_ENDPOINT", endpoint);
        Environment.SetEnvironmentVariable("IDENTITY_HEADER", header);
    }

    static string CreateToken(long expires)
    {
        var claims = new Dictionary<string, object>
        {
            ["aud"] = "https://storage.azure.com",
            ["iss"] = "https://sts.windows.net/6b0d7bb2-7e4c-4c55-9d2e-7c9b8f6a0a11/",
            ["tid"] = "6b0d7bb2-7e4c-4c55-9d2e-7c9b8f6a0a11",
            ["oid"] = Principal,
            ["iat"] = expires - 86_400,
            ["nbf"] = expires - 86_400,
            ["exp"] = expires,
        };
        var header = new Dictionary<string, object> { ["alg"] = "HS256", ["typ"] = "JWT" };
        return $"{Encode(header)}.{Encode(claims)}.{Base64Url.EncodeToString([1])}";

        static string Encode(Dictionary<string, object> part) => Base64Url.EncodeToString(JsonSerializer.SerializeToUtf8Bytes(part));
    }
}
