using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Registry.Server;

/// <summary>Where the server listens, and whether other machines can reach it.</summary>
static class Listening
{
    /// <summary>Whether the configuration sets addresses or ports. The container images of .NET set ports only.</summary>
    public static bool IsConfigured(IConfiguration configuration) =>
        new[] { WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey }
            .Any(key => !string.IsNullOrEmpty(configuration[key]))
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();

    /// <summary>Whether the server listens on loopback only.</summary>
    public static bool IsLocal(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls
        && urls.Split(';', StringSplitOptions.RemoveEmptyEntries).All(IsLoopback)
        && !configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();

    public static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>An invalid address does not count as loopback; its error is reported when the server starts to listen.</summary>
    static bool IsLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address)
        && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}
