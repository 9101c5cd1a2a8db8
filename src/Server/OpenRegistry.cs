using Microsoft.Extensions.Primitives;
using Registry.Http;

namespace Registry.Server;

/// <summary>
/// Keeps a registry that is open to every program of this machine from what only seems to be one: pages of others in a browser, whatever
/// host they name, and requests that a proxy brings from elsewhere.
/// </summary>
static class OpenRegistry
{
    public static void AddTo(WebApplicationBuilder builder) =>
        // Pages of a host to whose name somebody has given this machine's address.
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
            const string Message = "Without a policy the registry serves programs on its own machine alone, not pages of others and not what a proxy brings. Start it with --Registry:PolicyFile (docs/use/access.md).";
            await context.Response.WriteAsJsonAsync(new ErrorDocument([new ErrorEntry("DENIED", Message)]), Documents.Plain.ErrorDocument);
        });
    }

    /// <summary>Browsers say where a page is from that sends something; programs say nothing of it.</summary>
    static bool IsOfThisMachine(HttpRequest request)
    {
        var headers = request.Headers;
        var own = headers["Sec-Fetch-Site"].ToString() is "" or "none" or "same-origin";
        // Whoever follows a link to the registry's own pages; what they read, they ask for themselves.
        var visits = HttpMethods.IsGet(request.Method) && headers["Sec-Fetch-Mode"] == "navigate" && headers["Sec-Fetch-Dest"] == "document" && !request.Path.StartsWithSegments("/v2");
        return (own || visits)
            && (StringValues.IsNullOrEmpty(headers.Origin) || headers.Origin == $"{request.Scheme}://{request.Host}")
            && StringValues.IsNullOrEmpty(headers["X-Forwarded-For"]);
    }
}
