using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Blobs: read and deleted. Distribution spec, "Pulling blobs" and "Deleting Blobs"; <see cref="UploadEndpoints"/> pushes them.
/// </summary>
public sealed class BlobEndpoints(BlobStore blobs, DownloadLinks links, IOptions<RegistryOptions> options)
{
    /// <summary>end-2, GET: redirected to the storage account or streamed through here, as it is set.</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Blob route)
    {
        if (await blobs.FindAsync(route.Name, route.Digest, keep: false, context.RequestAborted) is not { } blob)
            return RegistryError.BlobUnknown(route.Digest);
        var response = context.Response;
        if (IsNotModified(context, blob)) return null;
        if (options.Value.RedirectDownloads && !IsOfPage(context.Request))
        {
            response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            response.Headers[Responses.ContentDigest] = blob.Digest.ToString();
            // A signed address is worth nothing in a cache, and works without any other credential.
            response.Headers.CacheControl = "no-store";
            response.Headers.Location = (await links.CreateAsync(blob, context.RequestAborted)).AbsoluteUri;
            return null;
        }

        ByteRange? range = null;
        if (context.Request.MayBePartial(blob.Digest) && !ByteRange.TryParse(context.Request, blob.Size, out range))
            return RegistryError.RangeInvalid(blob.Size);
        var (offset, length) = range ?? new ByteRange(0, blob.Size);
        // Opened before anything is said: what cannot be read must not be answered with 200.
        await using var content = length == 0 ? Stream.Null : await blobs.OpenAsync(blob, offset, length, context.RequestAborted);
        Describe(response, blob, length);
        if (range is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = $"bytes {offset.Text()}-{(offset + length - 1).Text()}/{blob.Size.Text()}";
        }
        await content.CopyToAsync(response.Body, context.RequestAborted);
        return null;
    }

    /// <summary>end-2, HEAD: clients leave out a push because of it, so the blob is kept.</summary>
    public async Task<RegistryError?> HeadAsync(HttpContext context, Route.Blob route)
    {
        if (await blobs.FindAsync(route.Name, route.Digest, keep: true, context.RequestAborted) is not { } blob)
            return RegistryError.BlobUnknown(route.Digest);
        if (!IsNotModified(context, blob)) Describe(context.Response, blob, blob.Size);
        return null;
    }

    /// <summary>end-10</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.Blob route)
    {
        var deletion = await blobs.DeleteAsync(route.Name, route.Digest, context.RequestAborted);
        if (deletion.NeededBy is { } manifest) return RegistryError.BlobNeeded(route.Digest, manifest);
        if (!deletion.Deleted) return RegistryError.BlobUnknown(route.Digest);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return null;
    }

    /// <summary>
    /// Whether a script of the registry's own pages asks, which only a browser can say (Fetch
    /// Metadata): it reads small parts, and from another host it would be let read none.
    /// </summary>
    static bool IsOfPage(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] == "same-origin" && request.Headers["Sec-Fetch-Mode"] != "navigate";

    static bool IsNotModified(HttpContext context, BlobLink blob)
    {
        if (!context.Request.HasAlready(blob.Digest)) return false;
        context.Response.StatusCode = StatusCodes.Status304NotModified;
        context.Response.DescribeImmutable(blob.Digest);
        return true;
    }

    static void Describe(HttpResponse response, BlobLink blob, long length)
    {
        response.ContentType = "application/octet-stream";
        response.ContentLength = length;
        response.Headers.AcceptRanges = "bytes";
        response.DescribeImmutable(blob.Digest);
    }
}
