using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>
/// What browsers state about a request, so that strangers' content does not become a part of a web page (Fetch Metadata Request
/// Headers, W3C). Other clients do not send these headers.
/// </summary>
static class FetchMetadata
{
    const string Destination = "Sec-Fetch-Dest", Mode = "Sec-Fetch-Mode";

    /// <summary>For the header Vary of every response: else the cache of a browser could answer a request that is refused.</summary>
    public const string Headers = $"{Destination}, {Mode}";

    /// <summary>
    /// Refuses requests for scripts, styles, workers, frames and the like. What is navigated to is downloaded and not shown. What
    /// scripts fetch and images are answered as usual.
    /// </summary>
    public static RegistryError? Refuse(HttpContext context)
    {
        var (request, response) = (context.Request.Headers, context.Response.Headers);
        var destination = request[Destination].ToString();
        if (destination is not ("" or "empty" or "image" or "document")) return RegistryError.NotForPages();
        if (destination == "document" || request[Mode] == "navigate") response.ContentDisposition = "attachment";
        return null;
    }
}
