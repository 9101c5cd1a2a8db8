using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Options;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Pushes and mounts blobs. Distribution spec, "Pushing blobs" and "Mounting a blob from another repository".</summary>
public sealed partial class UploadEndpoints(
    UploadStore uploads, UploadFinisher finisher, BlobStore blobs, SessionTokens tokens, IOptions<RegistryOptions> options)
{
    /// <summary>end-4a, end-4b, end-4c and end-11: starts an upload session, stores a whole blob, or mounts one.</summary>
    public async Task<RegistryError?> PostAsync(HttpContext context, Route.Uploads route)
    {
        var query = context.Request.Query;
        var algorithm = DigestAlgorithm.Sha256;
        if (query["mount"].FirstOrDefault() is { Length: > 0 } mount)
        {
            if (!Digest.TryParse(mount, out var mounted)) return RegistryError.DigestInvalid(mount);
            // What is uploaded instead will have this digest.
            algorithm = mounted.Algorithm;
            // The spec has no error for a mount that cannot be done: whatever is wrong with its source, the client uploads the blob.
            // A source that the caller may not pull from gives the same response as a missing blob.
            RepositoryName? from = null;
            var name = query["from"].FirstOrDefault();
            var caller = context.Principal();
            bool MayRead(RepositoryName source) => caller.IsAuthorized(source, RepositoryActions.Pull);
            if ((string.IsNullOrEmpty(name) || RepositoryName.TryParse(name, out from))
                && await blobs.MountAsync(from, MayRead, route.Name, mounted, context.RequestAborted))
            {
                return BlobCreated(context, route.Name, mounted);
            }
        }
        else if (query["digest"].FirstOrDefault() is { } text)
        {
            if (!Digest.TryParse(text, out var digest)) return RegistryError.DigestInvalid(text);
            if (!TryReadBody(context.Request, out var body, out var invalid)) return invalid;
            var stored = await finisher.StoreAsync(route.Name, digest, body, context.RequestAborted);
            return stored.Failure is null ? BlobCreated(context, route.Name, digest) : ErrorFor(stored, digest);
        }

        if (query["digest-algorithm"].FirstOrDefault() is { } named && !DigestAlgorithm.TryParse(named, out algorithm))
            return RegistryError.AlgorithmInvalid(named);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        DescribeSession(context, uploads.Begin(route.Name, algorithm));
        return null;
    }

    /// <summary>end-5: appends a chunk, which may be the whole blob.</summary>
    public async Task<RegistryError?> PatchAsync(HttpContext context, Route.Upload route)
    {
        if (!TryReadBody(context.Request, out var body, out var invalid)) return invalid;
        if (context.Features.Get<SessionReference>() is not { } session) return RegistryError.UploadUnknown();
        var result = await uploads.AppendAsync(session, body, context.RequestAborted);
        if (result.Failure is not null) return ErrorFor(context, result, null);
        context.Response.StatusCode = StatusCodes.Status202Accepted;
        DescribeSession(context, result.Session!);
        return null;
    }

    /// <summary>end-6: completes the upload with the digest of the blob, and optionally a last chunk.</summary>
    public async Task<RegistryError?> PutAsync(HttpContext context, Route.Upload route)
    {
        var text = context.Request.Query["digest"].FirstOrDefault();
        if (!Digest.TryParse(text, out var digest)) return RegistryError.DigestInvalid(text);
        if (!TryReadBody(context.Request, out var body, out var invalid)) return invalid;
        if (context.Features.Get<SessionReference>() is not { } session) return RegistryError.UploadUnknown();
        var result = await finisher.FinishAsync(session, digest, body, context.RequestAborted);
        return result.Failure is null ? BlobCreated(context, route.Name, digest) : ErrorFor(context, result, digest);
    }

    /// <summary>end-13: the offset of the session.</summary>
    public async Task<RegistryError?> GetAsync(HttpContext context, Route.Upload route)
    {
        if (context.Features.Get<SessionReference>() is not { } session) return RegistryError.UploadUnknown();
        var result = await uploads.GetStatusAsync(session, context.RequestAborted);
        if (result.Failure is not null) return ErrorFor(result, null);
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        DescribeSession(context, result.Session!);
        return null;
    }

    /// <summary>end-14: cancels the session.</summary>
    public async Task<RegistryError?> DeleteAsync(HttpContext context, Route.Upload route)
    {
        if (context.Features.Get<SessionReference>() is not { } session
            || !await uploads.CancelAsync(session, context.RequestAborted))
        {
            return RegistryError.UploadUnknown();
        }
        context.Response.StatusCode = StatusCodes.Status204NoContent;
        return null;
    }

    RegistryError? BlobCreated(HttpContext context, RepositoryName name, Digest digest)
    {
        context.Created(options.Value, $"/v2/{name}/blobs/{digest}", digest);
        return null;
    }

    /// <summary>Sets Location for the next request, and Range to the bytes received: <c>0-0</c> also before the first.</summary>
    /// <remarks>
    /// The token takes the place of credentials: clients do not send them to another host, and docker sends them to no other path either.
    /// Each answer has a new one.
    /// </remarks>
    void DescribeSession(HttpContext context, SessionReference session) => DescribeSession(context, context.Response.Headers, session);

    void DescribeSession(HttpContext context, IHeaderDictionary headers, SessionReference session)
    {
        var settings = options.Value;
        var token = tokens.Create(session, context.Principal().Identity);
        var path = $"/v2/{session.Name}/blobs/uploads/{session.Id:D}?{AccessControl.TokenParameter}={token}";
        var uploadHost = UploadHost.AddressFor(context, settings);
        headers.Location = uploadHost is null ? Responses.Absolute(settings.PublicUrl, path) : $"{uploadHost}{path}";
        headers.Range = $"0-{Math.Max(0, session.Offset - 1).Text()}";
        headers["Docker-Upload-UUID"] = session.Id.ToString("D");
        UploadHost.DescribeLimit(context, headers, settings);
    }

    /// <summary>A chunk out of order is answered with the state of the session, from which the client resumes.</summary>
    RegistryError ErrorFor(HttpContext context, UploadResult result, Digest? stated)
    {
        var error = ErrorFor(result, stated);
        if (result.Failure != UploadFailure.OutOfOrder) return error;
        var headers = new HeaderDictionary();
        DescribeSession(context, headers, result.Session!);
        return error with { Headers = headers };
    }

    static RegistryError ErrorFor(UploadResult result, Digest? stated) => result.Failure switch
    {
        UploadFailure.Unknown => RegistryError.UploadUnknown(),
        UploadFailure.OutOfOrder => RegistryError.UploadOutOfOrder(result.Session!.Offset),
        UploadFailure.ContentLengthMismatch => RegistryError.ContentLengthMismatch(),
        UploadFailure.DigestMismatch => RegistryError.DigestMismatch(stated!, result.Actual),
        UploadFailure.TooManyChunks => RegistryError.TooManyChunks(),
        UploadFailure.StillCopying => RegistryError.StillCopying(),
        _ => throw new InvalidOperationException($"An upload ended with {result.Failure}."),
    };

    /// <summary>
    /// The body with its Content-Length and Content-Range, which has no unit in the distribution spec, unlike in RFC 9110.
    /// </summary>
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
                "The Content-Range header is invalid: it must be the first and last byte of the chunk without a unit, such as 0-1023.");
        }
        return error is null;
    }

    [GeneratedRegex(@"\A([0-9]+)-([0-9]+)\z", RegexOptions.CultureInvariant)]
    private static partial Regex ContentRange();
}
