using Microsoft.Extensions.Primitives;
using Registry.Oci;

namespace Registry.Server;

/// <summary>
/// Keeps a registry that is open to every program of this machine from what only seems to be one: pages in a browser, whatever
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
            var headers = context.Request.Headers;
            // Browsers say where a page is from that sends something; programs send none of these.
            if (StringValues.IsNullOrEmpty(headers.Origin) && headers["Sec-Fetch-Site"].ToString() is "" or "none" or "same-origin" && StringValues.IsNullOrEmpty(headers["X-Forwarded-For"]))
            {
                await next(context);
                return;
            }
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            const string Message = "Without a policy the registry serves programs on its own machine alone, not pages of others and not what a proxy brings. Start it with --Registry:PolicyFile (docs/access.md).";
            await context.Response.WriteAsJsonAsync(new ErrorDocument([new ErrorEntry("DENIED", Message)]), Documents.Plain.ErrorDocument);
        });
    }
}
