using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;

namespace Registry.WebUi;

/// <summary>
/// Serves the web UI (src/Web): files embedded in this assembly, under <c>/</c> and <c>/ui/</c>. They read the registry through
/// its API, from the browser and with the user's own credentials; so they contain no secrets, and this handler reads no content.
/// </summary>
public sealed class WebUiHandler
{
    /// <summary>Prefix of the files' names among the resources of the assembly.</summary>
    const string Resources = "pages/";

    /// <summary>Path of scripts and styles. No repository name starts with an underscore, so no page has this path.</summary>
    const string Files = "/ui/_/";

    /// <summary>
    /// Only these files are loaded or run, whatever a manifest, README or file name contains, and no text becomes markup (Trusted
    /// Types).
    /// </summary>
    const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; "
        + "form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    readonly FrozenDictionary<string, PageFile> _files = Read().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Handles a request for a page or one of its files.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = context.Request.Path.Value ?? "";
        var isFile = path.StartsWith(Files, StringComparison.Ordinal);
        // All pages are one file, whose script reads the path.
        if (!_files.TryGetValue(isFile ? path["/ui/".Length..] : "index.html", out var file))
        {
            // A file of another version of the web UI, during a rollout or rollback.
            context.Response.Headers.CacheControl = "no-store";
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            if (_files.Count == 0)
                await context.Response.WriteAsync("This build has no web UI (BuildPages=false). The registry's API is at /v2/.");
            return;
        }
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // The name of a script or style changes with its content; the path of a page does not.
        headers.CacheControl = isFile ? "public, max-age=31536000, immutable" : "no-cache";
        headers.ETag = file.EntityTag;
        // Browsers send back what they got. ASP.NET's reader of entity tags throws on some that are invalid.
        if (context.Request.Headers.IfNoneMatch == file.EntityTag)
        {
            context.Response.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        context.Response.ContentType = file.ContentType;
        context.Response.ContentLength = file.Content.Length;
        if (!HttpMethods.IsHead(context.Request.Method)) await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
    }

    static IEnumerable<KeyValuePair<string, PageFile>> Read()
    {
        var types = new FileExtensionContentTypeProvider();
        var assembly = typeof(WebUiHandler).Assembly;
        foreach (var name in assembly.GetManifestResourceNames().Where(name => name.StartsWith(Resources, StringComparison.Ordinal)))
        {
            using var stream = assembly.GetManifestResourceStream(name)!;
            using var content = new MemoryStream();
            stream.CopyTo(content);
            if (!types.TryGetContentType(name, out var type))
                throw new InvalidOperationException($"The embedded file {name} has no known content type.");
            if (type.StartsWith("text/", StringComparison.Ordinal)) type += "; charset=utf-8";
            var bytes = content.ToArray();
            var entityTag = $"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..16])}\"";
            yield return new(name[Resources.Length..], new PageFile(bytes, type, entityTag));
        }
    }

    sealed record PageFile(ReadOnlyMemory<byte> Content, string ContentType, string EntityTag);
}
