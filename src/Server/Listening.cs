using System.Net;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;

namespace Registry.Server;

/// <summary>Where the server listens, and who can reach it there.</summary>
static class Listening
{
    /// <summary>Whether the configuration says where; the images of .NET say it by ports alone.</summary>
    public static bool IsConfigured(IConfiguration configuration) =>
        new[] { WebHostDefaults.ServerUrlsKey, WebHostDefaults.HttpPortsKey, WebHostDefaults.HttpsPortsKey }.Any(key => !string.IsNullOrEmpty(configuration[key]))
        || configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();

    /// <summary>Whether only programs of this machine can reach it.</summary>
    public static bool IsLocal(IConfiguration configuration) =>
        configuration[WebHostDefaults.ServerUrlsKey] is { Length: > 0 } urls
        && urls.Split(';', StringSplitOptions.RemoveEmptyEntries).All(IsLoopback)
        && !configuration.GetSection("Kestrel:Endpoints").GetChildren().Any();

    public static Uri AddressOf(WebApplication app) =>
        new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>An address that cannot be read is none of this machine's: what is wrong with it is told when the server listens.</summary>
    static bool IsLoopback(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var address)
        && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip)));
}
