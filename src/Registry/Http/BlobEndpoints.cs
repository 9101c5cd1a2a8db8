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
        if (TryAnswerCondition(context, blob, out var failed)) return failed;
        if (options.Value.RedirectDownloads && !IsFromScript(context.Request) && StorageServes(context.Request.Headers.Range.ToString()))
        {
            await RedirectAsync(context.Response, blob);
            return null;
        }

        IReadOnlyList<ByteRange>? ranges = null;
        if (context.Request.IfRangeMatches(blob.Digest) && !ByteRange.TryParse(context.Request, blob.Size, out ranges))
            return RegistryError.RangeInvalid(blob.Size);
        if (ranges is [_, _, ..])
        {
            if (!ByteRangeParts.Allows(ranges, blob.Size)) return RegistryError.TooManyRanges();
            await SendPartsAsync(context, blob, ranges);
            return null;
        }
        await SendAsync(context, blob, ranges?[0]);
        return null;
    }

    async Task RedirectAsync(HttpResponse response, BlobLink blob)
    {
        response.StatusCode = StatusCodes.Status307TemporaryRedirect;
        response.Headers[Responses.ContentDigest] = blob.Digest.ToString();
        // A signed URL expires soon, and grants access without any other credential: it must not be cached.
        response.Headers.CacheControl = "no-store";
        response.Headers.Location = (await links.CreateAsync(blob, response.HttpContext.RequestAborted)).AbsoluteUri;
    }

    async Task SendAsync(HttpContext context, BlobLink blob, ByteRange? range)
    {
        var response = context.Response;
        var (offset, length) = range ?? new ByteRange(0, blob.Size);
        // Opened before the response starts: a blob that cannot be read must not get status 200.
        await using var content = length == 0 ? Stream.Null : await blobs.OpenAsync(blob, offset, length, context.RequestAborted);
        Describe(response, blob, length);
        if (range is not null)
        {
            response.StatusCode = StatusCodes.Status206PartialContent;
            response.Headers.ContentRange = range.Value.ContentRange(blob.Size);
        }
        await content.CopyToAsync(response.Body, context.RequestAborted);
    }

    async Task SendPartsAsync(HttpContext context, BlobLink blob, IReadOnlyList<ByteRange> ranges)
    {
        var response = context.Response;
        var parts = new ByteRangeParts(ranges, blob.Size);
        Describe(response, blob, parts.Length);
        response.ContentType = parts.ContentType;
        response.StatusCode = StatusCodes.Status206PartialContent;
        foreach (var range in ranges)
        {
            // The first is opened before the response starts, as above.
            await using var content = await blobs.OpenAsync(blob, range.Offset, range.Length, context.RequestAborted);
            await response.Body.WriteAsync(parts.HeadOf(range), context.RequestAborted);
            await content.CopyToAsync(response.Body, context.RequestAborted);
        }
        await response.Body.WriteAsync(parts.End, context.RequestAborted);
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
    /// Whether the storage account would serve this Range header. It knows one range, whose first byte is stated
    /// (learn.microsoft.com/rest/api/storageservices/specifying-the-range-header-for-blob-service-operations).
    /// </summary>
    static bool StorageServes(string range) =>
        !range.Contains(',', StringComparison.Ordinal) && !range.Contains("=-", StringComparison.Ordinal);

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
