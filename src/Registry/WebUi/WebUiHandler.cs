using System.Collections.Frozen;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.StaticFiles;
using Microsoft.Net.Http.Headers;

namespace Registry.WebUi;

/// <summary>
/// Serves the web pages (src/Web): files that are a part of this assembly, under <c>/</c> and <c>/ui/</c>. They show what the registry holds by asking its
/// API from the browser, with the rights of whoever looks, so nothing is secret in them and nothing is read for them here.
/// </summary>
public sealed class WebUiHandler
{
    /// <summary>What the names of the files begin with among the resources of the assembly.</summary>
    const string Resources = "pages/";

    /// <summary>Scripts and styles; no repository's name begins with an underscore, so no page has this address.</summary>
    const string Files = "/ui/_/";

    /// <summary>
    /// Nothing but these files runs or is loaded, whatever a manifest, a README or a file name says, and no text ever becomes markup (Trusted Types).
    /// </summary>
    const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    readonly FrozenDictionary<string, PageFile> _files = Read().ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Answers a request for a page or one of its files.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = context.Request.Path.Value ?? "";
        var isFile = path.StartsWith(Files, StringComparison.Ordinal);
        // Which page it is, the script sees in the address.
        if (!_files.TryGetValue(isFile ? path["/ui/".Length..] : "index.html", out var file))
        {
            // Of another version of the pages, which may be rolled out or back at this moment.
            context.Response.Headers.CacheControl = "no-store";
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            if (_files.Count == 0) await context.Response.WriteAsync("The web pages were left out of this build (BuildPages=false); the registry is at /v2/.");
            return;
        }
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = ContentSecurityPolicy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        // Names of files change with their content; that of the page does not.
        headers.CacheControl = isFile ? "public, max-age=31536000, immutable" : "no-cache";
        await TypedResults.Bytes(file.Content, file.ContentType, entityTag: file.EntityTag).ExecuteAsync(context);
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
            if (!types.TryGetContentType(name, out var type)) throw new InvalidOperationException($"Nobody knows what {name} is.");
            if (type.StartsWith("text/", StringComparison.Ordinal)) type += "; charset=utf-8";
            yield return new(name[Resources.Length..], new PageFile(content.ToArray(), type, new($"\"{Convert.ToHexStringLower(SHA256.HashData(content.ToArray())[..16])}\"")));
        }
    }

    sealed record PageFile(ReadOnlyMemory<byte> Content, string ContentType, EntityTagHeaderValue EntityTag);
}
