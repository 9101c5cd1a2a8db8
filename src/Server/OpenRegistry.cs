using Microsoft.Extensions.Primitives;
using Registry.Http;

namespace Registry.Server;

/// <summary>
/// Protects a registry without a policy, which is open to every program on this machine, from requests that only seem local: from web
/// pages of other hosts (CSRF, DNS rebinding), and from other machines through a proxy.
/// </summary>
static class OpenRegistry
{
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
                + "requests through a proxy. Start it with --Registry:PolicyFile (docs/use/access.md).";
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
            && StringValues.IsNullOrEmpty(headers["X-Forwarded-For"]);
    }
}
