using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>
/// Pulls and deletes blobs. Distribution spec, "Pulling blobs" and "Deleting Blobs"; <see cref="UploadEndpoints"/> pushes them.
/// </summary>
public sealed class BlobEndpoints(BlobStore blobs, DownloadLinks links, IOptions<RegistryOptions> options)
{
    /// <summary>
    /// end-2, GET: redirects to the storage account or streams the blob (<see cref="RegistryOptions.RedirectDownloads"/>).
    /// </summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Blob route)
    {
        if (await blobs.FindAsync(route.Name, route.Digest, keep: false, context.RequestAborted) is not { } blob)
            return RegistryError.BlobUnknown(route.Digest);
        var response = context.Response;
        if (TryAnswerCondition(context, blob, out var failed)) return failed;
        if (options.Value.RedirectDownloads && !IsFromScript(context.Request))
        {
            response.StatusCode = StatusCodes.Status307TemporaryRedirect;
            response.Headers[Responses.ContentDigest] = blob.Digest.ToString();
            // A signed URL expires soon, and grants access without any other credential: it must not be cached.
            response.Headers.CacheControl = "no-store";
            response.Headers.Location = (await links.CreateAsync(blob, context.RequestAborted)).AbsoluteUri;
            return null;
        }

        ByteRange? range = null;
        if (context.Request.IfRangeMatches(blob.Digest) && !ByteRange.TryParse(context.Request, blob.Size, out range))
            return RegistryError.RangeInvalid(blob.Size);
        var (offset, length) = range ?? new ByteRange(0, blob.Size);
        // Opened before the response starts: a blob that cannot be read must not get status 200.
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

    /// <summary>end-2, HEAD: clients skip the upload of a blob that exists, so a blob that is marked for deletion is touched.</summary>
    public async Task<RegistryError?> HeadAsync(HttpContext context, Route.Blob route)
    {
        if (await blobs.FindAsync(route.Name, route.Digest, keep: true, context.RequestAborted) is not { } blob)
            return RegistryError.BlobUnknown(route.Digest);
        if (TryAnswerCondition(context, blob, out var failed)) return failed;
        Describe(context.Response, blob, blob.Size);
        return null;
    }

    /// <summary>end-10</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.Blob route)
    {
        if (!context.Request.TryReadCondition(out var condition)) return RegistryError.ConditionInvalid();
        // The content of a digest never changes, so a condition can be evaluated before.
        if (condition?.Holds(route.Digest) == false)
        {
            return await blobs.FindAsync(route.Name, route.Digest, keep: false, context.RequestAborted) is null
                ? RegistryError.BlobUnknown(route.Digest)
                : RegistryError.ConditionFailed(route.Digest.ToString());
        }
        var deletion = await blobs.DeleteAsync(route.Name, route.Digest, context.RequestAborted);
        if (deletion.NeededBy is { } manifest)
        {
            var mayPull = context.Principal().IsAuthorized(route.Name, RepositoryActions.Pull);
            return RegistryError.BlobNeeded(route.Digest, mayPull ? manifest : null);
        }
        if (!deletion.Deleted) return RegistryError.BlobUnknown(route.Digest);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        return null;
    }

    /// <summary>
    /// Whether a script of a web page sends the request (Fetch Metadata, which only browsers send). It reads small ranges, and could
    /// not read a response of the storage account's origin, so it is not redirected.
    /// </summary>
    static bool IsFromScript(HttpRequest request) =>
        request.Headers["Sec-Fetch-Mode"] == "cors"
            || (request.Headers["Sec-Fetch-Site"] == "same-origin" && request.Headers["Sec-Fetch-Mode"] != "navigate");

    /// <summary>Whether If-Match or If-None-Match decide the answer: 304, or the error.</summary>
    static bool TryAnswerCondition(HttpContext context, BlobLink blob, out RegistryError? error)
    {
        (error, var isNotModified) = context.Request.Evaluate(blob.Digest);
        if (!isNotModified) return error is not null;
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
