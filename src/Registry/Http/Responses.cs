using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Oci;

namespace Registry.Http;

/// <summary>Headers and bodies that many responses of the distribution API share.</summary>
static class Responses
{
    public const string ContentDigest = "Docker-Content-Digest";

    /// <summary>The headers of every response.</summary>
    public static void SetCommonHeaders(this HttpResponse response)
    {
        // Old clients take a server without this header for a registry of API version 1.
        response.Headers["Docker-Distribution-API-Version"] = "registry/2.0";
        response.Headers.Vary = FetchMetadata.Headers;
        // Any user's content is served under the registry's own origin: a browser must not interpret it as a page or script.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
    }

    /// <summary>The principal of the request, which must be authorized already.</summary>
    public static RequestPrincipal Principal(this HttpContext context) =>
        context.Features.Get<Authorization>()?.Principal ?? throw new InvalidOperationException("The request has not been authorized.");

    /// <summary>Writes a body with its Content-Length; a HEAD gets only the headers.</summary>
    public static async Task WriteBodyAsync(this HttpResponse response, string contentType, ReadOnlyMemory<byte> body)
    {
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            await response.Body.WriteAsync(body, response.HttpContext.RequestAborted);
    }

    /// <summary>Writes a JSON body with its Content-Length; a HEAD gets only the headers.</summary>
    public static Task WriteJsonAsync<T>(
        this HttpResponse response, T document, JsonTypeInfo<T> type, string contentType = "application/json") =>
        response.WriteBodyAsync(contentType, JsonSerializer.SerializeToUtf8Bytes(document, type));

    /// <summary>The headers of content that was requested by digest, and is therefore immutable.</summary>
    /// <remarks>
    /// Without "public", so that shared caches do not store responses to requests with credentials (RFC 9111, section 3.5).
    /// </remarks>
    public static void DescribeImmutable(this HttpResponse response, Digest digest)
    {
        response.DescribeContent(digest);
        response.Headers.CacheControl = "max-age=31536000, immutable";
    }

    /// <summary>The headers of content that was requested by tag, which may move.</summary>
    public static void DescribeContent(this HttpResponse response, Digest digest)
    {
        response.Headers[ContentDigest] = digest.ToString();
        response.Headers.ETag = EntityTag(digest);
    }

    /// <summary>Whether If-Range is missing or matches this content, so that a Range applies (RFC 9110, section 13.1.5).</summary>
    public static bool IfRangeMatches(this HttpRequest request, Digest digest) =>
        request.Headers.IfRange.Count == 0 || request.Headers.IfRange == EntityTag(digest);

    static string EntityTag(Digest digest) => $"\"{digest}\"";

    /// <summary>201, with the location and digest of the content.</summary>
    public static void Created(this HttpContext context, RegistryOptions options, string path, Digest digest)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = Absolute(options.PublicUrl, path);
        context.Response.Headers[ContentDigest] = digest.ToString();
    }

    /// <summary>The path as an absolute URL, or unchanged where no address is set.</summary>
    public static string Absolute(Uri? address, string path) =>
        address is { } url ? url.GetLeftPart(UriPartial.Path).TrimEnd('/') + path : path;

    /// <summary>
    /// Sets the Link header to the next page (RFC 8288). Always relative: some clients follow it only within the same origin.
    /// </summary>
    public static void LinkNext(this HttpResponse response, string path, params IEnumerable<KeyValuePair<string, string?>> query)
    {
        var text = QueryString.Create(query.Where(pair => pair.Value is not null));
        response.Headers.Link = $"<{path}{text}>; rel=\"next\"";
    }

    public static string Text(this long number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Text(this int number) => number.ToString(CultureInfo.InvariantCulture);
}
