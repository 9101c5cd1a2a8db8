using Microsoft.Extensions.Primitives;
using Registry.Http;

namespace Registry.Server;

/// <summary>
/// Protects a registry without a policy, which is open to every program on this machine, from requests that only seem local: from web
/// pages of other hosts (CSRF, DNS rebinding), and from other machines through a proxy.
/// </summary>
static class OpenRegistry
{
    /// <summary>Beginnings of the names of headers that proxies, load balancers, CDNs and .NET's own switch for them add.</summary>
    static readonly string[] s_proxyHeaders =
    [
        "Via", "Forwarded", "X-Forwarded", "X-Original-", "X-Real-IP", "X-Client-IP", "X-Cluster-Client-IP", "True-Client-IP",
        "Client-IP", "X-Proxy", "X-ARR-", "X-AppGW-", "X-Azure-", "X-FD-", "X-MS-Client-Principal", "X-Envoy-", "X-K8s-",
        "X-Amz-Cf-", "X-Amzn-", "X-AppEngine-", "CF-", "CDN-Loop", "Fastly-", "Fly-", "X-Vercel-", "X-NF-", "Tailscale-", "Ngrok-",
        "Akamai-", "X-Akamai-", "Proxy-Client-IP", "WL-Proxy-", "X-Varnish", "Surrogate-Capability", "Incap-", "X-Sucuri-", "X-Scheme",
        "Front-End-Https", "X-Cloud-Trace-Context", "X-Host", "X-HTTPS",
    ];

    public static void AddTo(WebApplicationBuilder builder) =>
        // Against DNS rebinding: pages of a host whose name resolves to this machine's address.
        builder.Services.AddHostFiltering(filter => filter.AllowedHosts = ["localhost", "127.0.0.1", "[::1]"]);

    public static void UseIn(WebApplication app)
    {
        app.UseHostFiltering();
        app.Use(async (context, next) =>
        {
            if (IsOfThisMachine(context.Request))
            {
                await next(context);
                return;
            }
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            const string Message =
                "Without a policy the registry serves programs on its own machine only, not web pages of other hosts and not "
                + "requests through a proxy. Start it with --Registry:PolicyFile=registry.policy.json (docs/use/access.md), "
                + "or connect to it directly.";
            await context.Response.WriteAsJsonAsync(new ErrorDocument([new ErrorEntry("DENIED", Message)]), Documents.Plain.ErrorDocument);
        });
    }

    /// <summary>Browsers send the origin of the page that makes a request; other programs send none.</summary>
    static bool IsOfThisMachine(HttpRequest request)
    {
        var headers = request.Headers;
        var own = headers["Sec-Fetch-Site"].ToString() is "" or "none" or "same-origin";
        // A link from another host to the web UI, whose own requests then have the same origin.
        var navigates = HttpMethods.IsGet(request.Method)
            && headers["Sec-Fetch-Mode"] == "navigate"
            && headers["Sec-Fetch-Dest"] == "document"
            && !request.Path.StartsWithSegments("/v2");
        return (own || navigates)
            && (StringValues.IsNullOrEmpty(headers.Origin) || headers.Origin == $"{request.Scheme}://{request.Host}")
            && !headers.Keys.Any(IsOfProxy);
    }

    static bool IsOfProxy(string header) =>
        s_proxyHeaders.Any(beginning => header.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));
}
