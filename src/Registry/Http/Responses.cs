using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Oci;

namespace Registry.Http;

/// <summary>What many answers of the distribution API have in common.</summary>
static class Responses
{
    public const string ContentDigest = "Docker-Content-Digest";

    /// <summary>The headers of every answer.</summary>
    public static void SetCommonHeaders(this HttpResponse response)
    {
        // Old clients take a server without this header for a registry of the protocol's first version.
        response.Headers["Docker-Distribution-API-Version"] = "registry/2.0";
        // Anyone's content is served here under the registry's own name: a browser must not take any of it for a page or a program.
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; frame-ancestors 'none'; sandbox";
    }

    /// <summary>Who sends the request; it has been let in.</summary>
    public static RequestPrincipal Caller(this HttpContext context) =>
        context.Features.Get<Authorization>()?.Principal ?? throw new InvalidOperationException("The request has not been let in.");

    /// <summary>Writes a body with its length, which clients want to know; a HEAD gets the headers alone.</summary>
    public static async Task WriteBodyAsync(this HttpResponse response, string contentType, ReadOnlyMemory<byte> body)
    {
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        if (!HttpMethods.IsHead(response.HttpContext.Request.Method))
            await response.Body.WriteAsync(body, response.HttpContext.RequestAborted);
    }

    /// <summary>Writes a document likewise.</summary>
    public static Task WriteJsonAsync<T>(
        this HttpResponse response, T document, JsonTypeInfo<T> type, string contentType = "application/json") =>
        response.WriteBodyAsync(contentType, JsonSerializer.SerializeToUtf8Bytes(document, type));

    /// <summary>The headers of content that was found by its digest, and so is the same for ever.</summary>
    /// <remarks>
    /// Without "public": what was asked for with credentials stays out of caches that others share (RFC 9111, section 3.5).
    /// </remarks>
    public static void DescribeImmutable(this HttpResponse response, Digest digest)
    {
        response.DescribeContent(digest);
        response.Headers.CacheControl = "max-age=31536000, immutable";
    }

    /// <summary>The headers of content that was found by a name, which may be another's tomorrow.</summary>
    public static void DescribeContent(this HttpResponse response, Digest digest)
    {
        response.Headers[ContentDigest] = digest.ToString();
        response.Headers.ETag = EntityTag(digest);
    }

    /// <summary>Whether the client says that it has this content already (RFC 9110, section 13.1.2).</summary>
    public static bool HasAlready(this HttpRequest request, Digest digest) =>
        request.Headers.IfNoneMatch.Count > 0
            && request.GetTypedHeaders().IfNoneMatch.Any(tag => tag.Tag.Value == "*" || tag.Tag.Value == EntityTag(digest));

    /// <summary>Whether a part may be sent: not to a client whose other parts are of other content (RFC 9110, section 13.1.5).</summary>
    public static bool MayBePartial(this HttpRequest request, Digest digest) =>
        request.Headers.IfRange.Count == 0 || request.Headers.IfRange == EntityTag(digest);

    static string EntityTag(Digest digest) => $"\"{digest}\"";

    /// <summary>201: the content is there, and where.</summary>
    public static void Created(this HttpContext context, RegistryOptions options, string path, Digest digest)
    {
        context.Response.StatusCode = StatusCodes.Status201Created;
        context.Response.Headers.Location = Absolute(options.PublicUrl, path);
        context.Response.Headers[ContentDigest] = digest.ToString();
    }

    /// <summary>A path as clients are told it: as it is, or at a public address.</summary>
    public static string Absolute(Uri? address, string path) =>
        address is { } url ? url.GetLeftPart(UriPartial.Path).TrimEnd('/') + path : path;

    /// <summary>Points to the next page (RFC 8288). Always relative: some clients follow it only within their own origin.</summary>
    public static void LinkNext(this HttpResponse response, string path, params IEnumerable<KeyValuePair<string, string?>> query)
    {
        var text = QueryString.Create(query.Where(pair => pair.Value is not null));
        response.Headers.Link = $"<{path}{text}>; rel=\"next\"";
    }

    public static string Text(this long number) => number.ToString(CultureInfo.InvariantCulture);

    public static string Text(this int number) => number.ToString(CultureInfo.InvariantCulture);
}
