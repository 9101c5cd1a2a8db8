using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Blobs: pushed and mounted. Distribution spec, "Pushing blobs" and "Mounting a blob from another repository".</summary>
public sealed partial class UploadEndpoints(
    UploadStore uploads, UploadFinisher finisher, BlobStore blobs, IOptions<RegistryOptions> options)
{
    /// <summary>end-4a, end-4b, end-4c and end-11: begin a session, or have the blob at once.</summary>
    public async Task<RegistryError?> PostAsync(HttpContext context, Route.Uploads route)
    {
        var query = context.Request.Query;
        if (query["mount"].FirstOrDefault() is { Length: > 0 } mount)
        {
            if (!Digest.TryParse(mount, out var mounted)) return RegistryError.DigestInvalid(mount);
            RepositoryName? from = null;
            if (query["from"].FirstOrDefault() is { Length: > 0 } name && !RepositoryName.TryParse(name, out from))
                return RegistryError.NameInvalid(name);
            // What may not be read there is not mounted, and not told: then the client uploads it.
            var caller = context.Caller();
            bool MayRead(RepositoryName source) => caller.IsAuthorized(source, RepositoryActions.Pull);
            if (await blobs.MountAsync(from, MayRead, route.Name, mounted, context.RequestAborted))
                return BlobCreated(context, route.Name, mounted);
        }
        else if (query["digest"].FirstOrDefault() is { } text)
        {
            if (!Digest.TryParse(text, out var digest)) return RegistryError.DigestInvalid(text);
            if (!TryReadBody(context.Request, out var body, out var invalid)) return invalid;
            var stored = await finisher.StoreAsync(route.Name, digest, body, context.RequestAborted);
            return stored.Failure is null ? BlobCreated(context, route.Name, digest) : Explain(stored, digest);
        }

        var algorithm = DigestAlgorithm.Sha256;
        if (query["digest-algorithm"].FirstOrDefault() is { } named && !DigestAlgorithm.TryParse(named, out algorithm))
            return RegistryError.AlgorithmInvalid(named);
        var session = await uploads.BeginAsync(route.Name, algorithm, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        DescribeSession(context, session, 0);
        return null;
    }

    /// <summary>end-5: the next chunk, or everything in one.</summary>
    public async Task<RegistryError?> PatchAsync(HttpContext context, Route.Upload route)
    {
        if (!TryReadBody(context.Request, out var body, out var invalid)) return invalid;
        var session = Reference(context, route);
        var result = await uploads.AppendAsync(session, body, context.RequestAborted);
        if (result.Failure is not null) return Explain(result, null);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        DescribeSession(context, session with { Token = result.Token }, result.Offset);
        return null;
    }

    /// <summary>end-6: the last chunk or none, and the digest of it all.</summary>
    public async Task<RegistryError?> PutAsync(HttpContext context, Route.Upload route)
    {
        var text = context.Request.Query["digest"].FirstOrDefault();
        if (!Digest.TryParse(text, out var digest)) return RegistryError.DigestInvalid(text);
        if (!TryReadBody(context.Request, out var body, out var invalid)) return invalid;
        var result = await finisher.FinishAsync(Reference(context, route), digest, body, context.RequestAborted);
        return result.Failure is null ? BlobCreated(context, route.Name, digest) : Explain(result, digest);
    }

    /// <summary>end-13: where the session stands.</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Upload route)
    {
        var session = Reference(context, route);
        var result = await uploads.GetStatusAsync(session, context.RequestAborted);
        if (result.Failure is not null) return Explain(result, null);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        DescribeSession(context, session with { Token = result.Token }, result.Offset);
        return null;
    }

    /// <summary>end-14: cancel.</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.Upload route)
    {
        if (!await uploads.CancelAsync(Reference(context, route), context.RequestAborted)) return RegistryError.UploadUnknown();
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    RegistryError? BlobCreated(HttpContext context, RepositoryName name, Digest digest)
    {
        context.Created(options.Value, $"/v2/{name}/blobs/{digest}", digest);
        return null;
    }

    /// <summary>Where to go on, and the last byte received: <c>0-0</c> also before the first.</summary>
    /// <remarks>
    /// A location on another host carries a token, since clients do not take their credentials there; a request that came with
    /// a token gets the next.
    /// </remarks>
    void DescribeSession(HttpContext context, SessionReference session, long offset)
    {
        var (headers, settings) = (context.Response.Headers, options.Value);
        var path = $"/v2/{session.Name}/blobs/uploads/{session.Id:D}";
        var elsewhere = UploadHost.IsFollowedBy(context.Request) ? settings.Uploads.Location : null;
        if (elsewhere is not null || AccessControl.TokenOf(context.Request) is not null)
            path += $"?{AccessControl.TokenParameter}={session.Token}";
        headers.Location = Responses.Absolute(elsewhere ?? settings.PublicUrl, path);
        headers.Range = $"0-{Math.Max(0, offset - 1).Text()}";
        headers["Docker-Upload-UUID"] = session.Id.ToString("D");
        // draft-ietf-httpbis-resumable-upload, "Upload-Limit": what fits into one request.
        if (elsewhere is null && settings.Uploads.MaxRequestBytes is { } most) headers["Upload-Limit"] = $"max-append-size={most.Text()}";
    }

    static SessionReference Reference(HttpContext context, Route.Upload route) =>
        new(route.Name, route.Session, AccessControl.TokenOf(context.Request));

    static RegistryError Explain(UploadResult result, Digest? stated) => result.Failure switch
    {
        UploadFailure.Unknown => RegistryError.UploadUnknown(),
        UploadFailure.OutOfOrder => RegistryError.UploadOutOfOrder(result.Offset),
        UploadFailure.ContentLengthMismatch => RegistryError.ContentLengthMismatch(),
        UploadFailure.DigestMismatch => RegistryError.DigestMismatch(stated!, result.Actual),
        UploadFailure.TooManyChunks => RegistryError.TooManyChunks(),
        UploadFailure.StillCopying => RegistryError.StillCopying(),
        _ => throw new InvalidOperationException($"An upload ended with {result.Failure}."),
    };

    /// <summary>The body and what the headers say of it. Content-Range has no unit here, other than in the rest of HTTP.</summary>
    static bool TryReadBody(HttpRequest request, out UploadBody body, out RegistryError? error)
    {
        error = null;
        body = new UploadBody(request.Body, request.ContentLength, null);
        var header = request.Headers.ContentRange.ToString();
        if (header.Length == 0) return true;
        if (ContentRange().Match(header) is { Success: true } match
            && long.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && long.TryParse(match.Groups[2].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var last)
            && last >= first
            && last < long.MaxValue)
        {
            body = body with { Range = new ChunkRange(first, last) };
            if (request.ContentLength is { } length && length != last - first + 1) error = RegistryError.ContentLengthMismatch();
        }
        else
        {
            error = RegistryError.UploadInvalid(
                "Content-Range must be the first and the last byte of the chunk, such as 0-1023, without a unit.");
        }
        return error is null;
    }

    [GeneratedRegex(@"\A([0-9]+)-([0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex ContentRange();
}
