using Microsoft.AspNetCore.Cors.Infrastructure;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Registry.Http;

/// <summary>Lets web pages of other origins call the registry, if the settings name them (CORS, Fetch standard, section 3.3).</summary>
/// <remarks>
/// Such pages send credentials in the header Authorization, as any client. There are no cookies, so browsers are not told to send any
/// (Access-Control-Allow-Credentials). Works on every host, since it depends on no middleware.
/// </remarks>
public sealed class CrossOrigin(ICorsService cors, IOptions<RegistryOptions> options)
{
    static readonly string[] s_exposed =
    [
        HeaderNames.ContentRange, HeaderNames.ETag, HeaderNames.Link, HeaderNames.Location, HeaderNames.Range, HeaderNames.RetryAfter,
        HeaderNames.WWWAuthenticate, "Docker-Content-Digest", "Docker-Distribution-API-Version", "Docker-Upload-UUID",
        "OCI-Chunk-Min-Length", "OCI-Filters-Applied", "OCI-Subject", "OCI-Tag", "Upload-Limit", "X-Request-Id",
    ];

    readonly CorsPolicy? _policy = options.Value.CorsOrigins is { Count: > 0 } origins ? Create(origins) : null;

    /// <summary>Answers a preflight of an allowed origin, without authentication; else adds the headers that it needs.</summary>
    /// <returns>Whether it was a preflight, and is answered.</returns>
    public bool TryAnswer(HttpContext context)
    {
        if (_policy is null) return false;
        var result = cors.EvaluatePolicy(context, _policy);
        // Below, for every response: caches must not serve one without these headers to another origin.
        result.VaryByOrigin = false;
        // At the end, since an error response replaces all headers.
        context.Response.OnStarting(() =>
        {
            context.Response.Headers.AppendCommaSeparatedValues(HeaderNames.Vary, HeaderNames.Origin);
            if (result.IsOriginAllowed) cors.ApplyResult(result, context.Response);
            return Task.CompletedTask;
        });
        if (!result.IsPreflightRequest || !result.IsOriginAllowed) return false;
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return true;
    }

    static CorsPolicy Create(IEnumerable<string> origins) =>
        new CorsPolicyBuilder([.. origins])
            .WithMethods("GET", "HEAD", "POST", "PATCH", "PUT", "DELETE")
            .AllowAnyHeader()
            .WithExposedHeaders(s_exposed)
            .SetPreflightMaxAge(TimeSpan.FromHours(1))
            .Build();
}
