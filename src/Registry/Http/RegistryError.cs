using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Http;

/// <summary>
/// An error response: a status, an error code of the distribution spec, and a message that states what happened, why, and what
/// to do. All error responses are defined here; endpoints return them, and <see cref="RegistryHandler"/> writes them.
/// </summary>
/// <remarks>Distribution spec, "Error Codes". The spec does not bind codes to statuses; the pairs are the usual ones.</remarks>
public sealed record RegistryError(int Status, string Code, string Message)
{
    /// <summary>Methods that the path supports, for the Allow header of a 405; null for none.</summary>
    public string? Allow { get; init; }

    /// <summary>Content-Range header of a 416, which states the size of the content in bytes; null for none.</summary>
    public string? ContentRange { get; init; }

    /// <summary>Retry-After header, in seconds; null for none.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>Further headers, such as those that describe an upload session; null for none.</summary>
    public IHeaderDictionary? Headers { get; init; }

    /// <summary>WWW-Authenticate header of a 401: how to authenticate; null for none.</summary>
    public string? Challenge { get; init; }

    /// <summary>X-Request-Id header: the id of the entry that the registry's log has for this failure; null where it has none.</summary>
    public string? RequestId { get; init; }

    public static RegistryError Unauthorized(string challenge) =>
        new(
            401,
            "UNAUTHORIZED",
            "Authentication required: the request has no credentials, or they are wrong, expired, revoked or not valid for it. "
            + "Sign in again.")
        {
            Challenge = challenge,
        };

    /// <summary>For an authenticated caller, or an anonymous one where the policy has no accounts.</summary>
    public static RegistryError Denied(string identity, Scope needed) => new(
        403,
        "DENIED",
        $"No rule of the registry's policy allows {Quote(identity)} to "
        + $"{(needed.Name is { } name ? $"{needed.Actions.Describe()} in {name}" : "list repositories")}. "
        + "Ask the registry's administrator to add a rule.");

    public static RegistryError NotOwner(string identity) =>
        new(
            403,
            "DENIED",
            $"Collection reports cover the whole registry and require admin in all repositories (**), which {Quote(identity)} does not "
            + "have. Ask the registry's administrator to add a rule.");

    public static RegistryError TagExists(Tag tag) =>
        new(
            403,
            "DENIED",
            $"The tag {tag} points to another manifest, and no rule of the registry's policy allows you to overwrite it. "
            + "Push another tag.");

    /// <summary>For an existing tag that is immutable.</summary>
    public static RegistryError TagImmutable(Tag tag, string rule) =>
        new(403, "DENIED", $"The tag {tag} points to another manifest and is immutable by {Describe(rule)}. Push another tag.");

    /// <summary>For the deletion of a locked tag.</summary>
    public static RegistryError TagLocked(Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The tag {tag} is locked by {Describe(rule)} and cannot be deleted. The registry's administrator can change the rule.");

    /// <summary>For the deletion of a manifest that has a locked tag.</summary>
    public static RegistryError ManifestLocked(Digest digest, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} has the tag {tag}, which is locked by {Describe(rule)}: neither can be deleted. "
            + "The registry's administrator can change the rule.");

    /// <summary>For the deletion of a child of an index that has a locked tag.</summary>
    public static RegistryError ChildLocked(Digest digest, Digest index, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} belongs to the index {index} with the tag {tag}, which is locked by {Describe(rule)}: what a locked "
            + "tag reaches cannot be deleted. The registry's administrator can change the rule.");

    public static RegistryError RepositoryLocked(RepositoryName name, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The repository {name} has the tag {tag}, which is locked by {Describe(rule)}: nothing was deleted. Delete the other tags and "
            + "manifests one by one. The registry's administrator can change the rule.");

    /// <summary>For the deletion of a manifest by a caller that may not pull, and must not learn which tags and manifests exist.</summary>
    public static RegistryError LockedByOther(Digest digest) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} cannot be deleted: a locked tag reaches it. The registry's administrator can change that.");

    public static RegistryError MediaTypeConflict(Digest digest) => new(
        403,
        "DENIED",
        $"The manifest {digest} exists with another media type. Push it with its existing media type, or delete it first.");

    /// <summary>For credentials that were not accepted.</summary>
    public static RegistryError For(AuthenticationFailure failure, string challenge) => failure switch
    {
        AuthenticationFailure.Throttled =>
            new(429, "TOOMANYREQUESTS", "Too many failed authentications from this address. Check the credentials, and retry in a minute.")
            {
                RetryAfter = 60,
            },
        AuthenticationFailure.IssuerUnavailable =>
            new(503, "UNAVAILABLE", "The token cannot be validated, because its issuer does not respond. Retry later.")
            {
                RetryAfter = 10,
            },
        _ => Unauthorized(challenge),
    };

    public static RegistryError GrantInvalid() =>
        new(
            400,
            "UNSUPPORTED",
            "The token request is invalid. Send a GET, or a POST of a form (application/x-www-form-urlencoded) with "
            + "grant_type=password, username and password, or with grant_type=refresh_token and refresh_token.");

    public static RegistryError FormTooLarge() =>
        new(413, "UNSUPPORTED", "The form of the token request is too large. Send only the fields of the grant.");

    public static RegistryError BlobUnknown(Digest digest) =>
        new(404, "BLOB_UNKNOWN", $"The repository has no blob {digest}. Check the digest and the repository, or push the blob.");

    public static RegistryError UploadUnknown() =>
        new(
            404,
            "BLOB_UPLOAD_UNKNOWN",
            "The repository has no such upload session: it has ended, never existed, or its location has expired. "
            + "Start a new upload with POST.");

    public static RegistryError UploadOutOfOrder(long offset) =>
        new(
            416,
            "BLOB_UPLOAD_INVALID",
            $"The chunk does not start at the offset of the upload, which is byte {offset}. "
            + "Send GET to the upload's location for its current offset, and resume from there.");

    public static RegistryError UploadInvalid(string message) => new(400, "BLOB_UPLOAD_INVALID", message);

    public static RegistryError TooManyChunks() =>
        new(413, "BLOB_UPLOAD_INVALID", "The upload has too many chunks. Start a new upload with fewer, larger chunks.");

    public static RegistryError ContentLengthMismatch() =>
        new(400, "SIZE_INVALID", "The length of the body differs from its Content-Range; the chunk was discarded. Send the chunk again.");

    /// <summary>For a body that the server could not read to its end.</summary>
    /// <param name="status">Status that the server chose, such as 400 or 408.</param>
    public static RegistryError BodyInvalid(int status) =>
        new(status, "SIZE_INVALID", "The request body was incomplete, too slow, or does not match its headers. Send the request again.");

    /// <summary>For a client that was silent for too long, or whose body took too long.</summary>
    public static RegistryError BodyTooSlow() =>
        new(408, "SIZE_INVALID", "The request body did not arrive in time, or the client was silent for too long. Send the request again.");

    /// <summary>For a body that found no memory, or gave way to another.</summary>
    public static RegistryError BodiesBusy() =>
        new(429, "TOOMANYREQUESTS", "Too many clients send bodies at the same time, or this one took too long. Retry later.")
        {
            RetryAfter = 5,
        };

    public static RegistryError UriTooLong(int limit) =>
        new(414, "UNSUPPORTED", $"The path and query of the request have more than {limit} characters. Shorten the query.");

    public static RegistryError HeadersTooLarge(int limit) =>
        new(431, "UNSUPPORTED", $"The headers of the request have more than {limit} characters. Send fewer or shorter headers.");

    public static RegistryError DigestInvalid(string? text) =>
        new(400, "DIGEST_INVALID", $"{Quote(text)} is not a valid digest: it must be {Digest.Grammar}.");

    public static RegistryError AlgorithmInvalid(string text) =>
        new(400, "DIGEST_INVALID", $"The digest algorithm {Quote(text)} is not supported. Use sha256 or sha512.");

    public static RegistryError DigestMismatch(Digest stated, Digest? actual) =>
        new(
            400,
            "DIGEST_INVALID",
            $"The uploaded content has the digest {actual}, not {stated}. Upload it again, or correct the digest of the request.");

    public static RegistryError ReferenceUnknown(Digest? digest) =>
        new(
            400,
            "MANIFEST_BLOB_UNKNOWN",
            $"The manifest references {digest}, which does not exist in this repository. Push it before the manifest. "
            + "The policy's list 'sparseManifests' names the repositories that accept manifests without their content.");

    public static RegistryError ManifestInvalid(string message) => new(400, "MANIFEST_INVALID", message);

    public static RegistryError ManifestTooLarge() =>
        new(413, "MANIFEST_INVALID", $"The manifest is larger than {Manifest.MaxSize} bytes. Move content into blobs.");

    public static RegistryError ManifestUnknown(string reference) =>
        new(404, "MANIFEST_UNKNOWN", $"The repository has no manifest {Quote(reference)}. Check the tag or digest and the repository.");

    public static RegistryError DeletedUnknown(string reference) =>
        new(
            404,
            "MANIFEST_UNKNOWN",
            $"The repository has no deleted tag or manifest {Quote(reference)} that can be restored. "
            + "List what can be restored at …/_registry/deleted/list.");

    public static RegistryError RestoredTagExists(string tag, Digest digest) =>
        new(
            409,
            "DENIED",
            $"The tag {Quote(tag)} exists again and points to another manifest. The deleted tag pointed to {digest}: restore that "
            + "manifest by its digest if it was deleted too, and push it with another tag.");

    public static RegistryError RestoredManifestGone(string tag, Digest digest) =>
        new(404, "MANIFEST_UNKNOWN", $"The tag {Quote(tag)} pointed to {digest}, which cannot be restored any more. Push it again.");

    public static RegistryError TagInvalid(string text) =>
        new(400, "MANIFEST_INVALID", $"{Quote(text)} is neither a valid tag nor a digest: a tag is {Tag.Grammar}.");

    public static RegistryError TooManyTags(int limit) =>
        new(414, "MANIFEST_INVALID", $"One push sets {limit} tags at most. Set the others with further pushes.");

    public static RegistryError ConditionFailed(string reference) =>
        new(
            412,
            "DENIED",
            $"{Quote(reference)} does not satisfy If-Match or If-None-Match: another request changed it. "
            + "Get what is there now, apply the change to it, and retry.");

    public static RegistryError ConditionInvalid() =>
        new(
            400,
            "MANIFEST_INVALID",
            "The If-Match or If-None-Match header is invalid: it must be * or entity tags in double quotes.");

    public static RegistryError NameInvalid(string text) =>
        new(400, "NAME_INVALID", $"{Quote(text)} is not a valid repository name: it must be {RepositoryName.Grammar}.");

    public static RegistryError NameUnknown(RepositoryName name) =>
        new(404, "NAME_UNKNOWN", $"The repository {name} does not exist. It is created when the first manifest is pushed to it.");

    /// <param name="digest">Digest of the blob.</param>
    /// <param name="neededBy">Digest of the manifest; null for a caller that may not pull, and must not learn which one exists.</param>
    public static RegistryError BlobNeeded(Digest digest, string? neededBy) =>
        new(
            405,
            "UNSUPPORTED",
            $"The blob {digest} is referenced by {(neededBy is null ? "a manifest" : $"the manifest {neededBy}")}. "
            + "Delete that manifest first.")
        {
            Allow = "GET, HEAD",
        };

    public static RegistryError PageInvalid() =>
        new(400, "UNSUPPORTED", "The query parameter n is invalid: it must be an integer, 0 or more.");

    public static RegistryError LastInvalid() =>
        new(400, "UNSUPPORTED", "The query parameter last is invalid: it must be an item of an earlier page of the list.");

    public static RegistryError RangeInvalid(long size) =>
        new(416, "SIZE_INVALID", $"The Range header is not satisfiable: the blob has {size} bytes. Request a range within them.")
        {
            ContentRange = $"bytes */{size}",
        };

    public static RegistryError TooManyRanges() =>
        new(
            400,
            "UNSUPPORTED",
            $"The Range header has more than {ByteRangeParts.MaxRanges} ranges, or ranges that overlap. Request fewer, or one.");

    public static RegistryError PathUnknown() =>
        new(
            404,
            "UNSUPPORTED",
            "The distribution API has no such path. Use /v2/<name>/ followed by manifests/, blobs/, tags/list or referrers/.");

    public static RegistryError MethodNotAllowed(string allow) =>
        new(405, "UNSUPPORTED", $"The path does not support this method. Use one of {allow}.") { Allow = allow };

    /// <summary>For a method that a setting turns off.</summary>
    /// <param name="setting">Name of the setting, below the section of the registry.</param>
    /// <param name="what">What it turns off, such as "Deletes".</param>
    public static RegistryError TurnedOff(string setting, string what) =>
        new(
            405,
            "UNSUPPORTED",
            $"{what} are turned off in this registry, by the setting {RegistryOptions.Section}:{setting}. "
            + "The registry's administrator can change it.")
        {
            Allow = "GET, HEAD",
        };

    /// <summary>For a browser that requests content as a part of a web page.</summary>
    public static RegistryError NotForPages() =>
        new(
            403,
            "DENIED",
            "The registry serves no scripts, styles, workers or frames of web pages. Fetch the content with a script, or download it.");

    public static RegistryError Contention() =>
        new(429, "TOOMANYREQUESTS", "Too many concurrent requests change the same content. Retry later.") { RetryAfter = 1 };

    public static RegistryError StorageBusy() =>
        new(429, "TOOMANYREQUESTS", "The storage account throttles requests. Retry later.") { RetryAfter = 5 };

    public static RegistryError StorageUnavailable() =>
        new(503, "UNAVAILABLE", "The storage account does not respond. Retry later.") { RetryAfter = 10 };

    public static RegistryError StillCopying() =>
        new(503, "UNAVAILABLE", "The storage is still assembling the upload; all of its data is kept. Repeat this request.")
        {
            RetryAfter = 5,
        };

    public static RegistryError InternalError(string requestId) =>
        new(500, "UNKNOWN", $"Internal error. See the registry's log, request id {requestId}.");

    internal async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.Clear();
        response.SetCommonHeaders();
        response.StatusCode = Status;
        foreach (var (name, value) in Headers ?? new HeaderDictionary()) response.Headers[name] = value;
        if (Allow is not null) response.Headers.Allow = Allow;
        if (Challenge is not null) response.Headers.WWWAuthenticate = Challenge;
        if (ContentRange is not null) response.Headers.ContentRange = ContentRange;
        if (RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.Text();
        if (RequestId is not null) response.Headers["X-Request-Id"] = RequestId;
        await response.WriteJsonAsync(new ErrorDocument([new ErrorEntry(Code, Message)]), Documents.Plain.ErrorDocument);
    }

    static string Describe(string rule) => $"the rule {Quote(rule)} on tags in the registry's policy";

    /// <summary>Quotes input of a request: truncated, and without control characters, which a terminal or log might interpret.</summary>
    static string Quote(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "''";
        var safe = string.Concat(text.Take(80).Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return text.Length > 80 ? $"'{safe}…'" : $"'{safe}'";
    }
}
