using Microsoft.AspNetCore.Http;
using Registry.Access;
using Registry.Oci;
using Registry.Policies;

namespace Registry.Http;

/// <summary>
/// An answer that says what went wrong: a status, one of the spec's codes and a message that says what to do. This is the
/// one table of them; endpoints return these values, and <see cref="RegistryHandler"/> writes them.
/// </summary>
/// <remarks>Distribution spec, "Error Codes". The spec does not bind codes to statuses; the pairs are the usual ones.</remarks>
public sealed record RegistryError(int Status, string Code, string Message)
{
    /// <summary>Methods that the path has, for the header Allow of a 405; null for none.</summary>
    public string? Allow { get; init; }

    /// <summary>For the header Content-Range of a 416: how long the content is; null for none.</summary>
    public string? ContentRange { get; init; }

    /// <summary>Seconds for the header Retry-After; null for none.</summary>
    public int? RetryAfter { get; init; }

    /// <summary>For the header WWW-Authenticate of a 401: how to log in; null for none.</summary>
    public string? Challenge { get; init; }

    public static RegistryError Unauthorized(string challenge) =>
        new(
            401,
            "UNAUTHORIZED",
            "Log in: this needs credentials, or others than those that were sent. They may have expired or been revoked.")
        {
            Challenge = challenge,
        };

    /// <summary>For somebody who is known, or could be nobody else.</summary>
    public static RegistryError Denied(string identity, Scope needed) => new(
        403,
        "DENIED",
        $"No rule of the registry's policy lets {Quote(identity)} "
        + $"{(needed.Name is { } name ? $"{needed.Actions.Describe()} in {name}" : "list repositories")}. Its owner can add one.");

    public static RegistryError NotOwner(string identity) =>
        new(
            403,
            "DENIED",
            $"This tells of the whole registry, and is for who has admin in all repositories (**), which {Quote(identity)} has not. "
            + "Its owner can add a rule.");

    public static RegistryError TagExists(Tag tag) =>
        new(
            403,
            "DENIED",
            $"The tag {tag} points to another manifest, and no rule of the registry's policy lets you overwrite it. "
            + "Push under another tag.");

    /// <summary>For a tag that is there already, and that nobody may move.</summary>
    public static RegistryError TagImmutable(Tag tag, string rule) =>
        new(403, "DENIED", $"The tag {tag} points to another manifest, and {Describe(rule)} lets nobody move it. Push under another tag.");

    /// <summary>For a tag that nobody may delete.</summary>
    public static RegistryError TagLocked(Tag tag, string rule) =>
        new(403, "DENIED", $"The tag {tag} is locked: {Describe(rule)} lets nobody delete it. The registry's owner can change the rule.");

    /// <summary>For a manifest to which such a tag points.</summary>
    public static RegistryError ManifestLocked(Digest digest, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} has the tag {tag}, which is locked: {Describe(rule)} lets nobody delete either. "
            + "The registry's owner can change the rule.");

    public static RegistryError MediaTypeImmutable(Digest digest, Tag tag, string rule) =>
        new(
            403,
            "DENIED",
            $"The manifest {digest} is there with another media type and has the tag {tag}, which {Describe(rule)} lets nobody change. "
            + "Push it with the type that it has.");

    public static RegistryError MediaTypeConflict(Digest digest) => new(
        403,
        "DENIED",
        $"The manifest {digest} is there with another media type, and no rule of the registry's policy lets you overwrite it. "
        + "Push it with the type that it has.");

    /// <summary>For credentials that were not accepted.</summary>
    public static RegistryError For(AuthenticationFailure fault, string challenge) => fault switch
    {
        AuthenticationFailure.Throttled =>
            new(429, "TOOMANYREQUESTS", "There were too many wrong credentials from here; wait a minute, and check them.")
            {
                RetryAfter = 60,
            },
        AuthenticationFailure.IssuerUnavailable =>
            new(503, "UNAVAILABLE", "The issuer of the token does not answer for the moment, so that it cannot be checked; try again.")
            {
                RetryAfter = 10,
            },
        _ => Unauthorized(challenge),
    };

    public static RegistryError GrantInvalid() =>
        new(
            400,
            "UNSUPPORTED",
            "A token is got by GET, or by POST of a form with grant_type=password, username and password, or with "
            + "grant_type=refresh_token and refresh_token.");

    public static RegistryError FormTooLarge() => new(413, "UNSUPPORTED", "The form is larger than any that gets a token.");

    public static RegistryError BlobUnknown(Digest digest) =>
        new(404, "BLOB_UNKNOWN", $"The repository has no blob {digest}.");

    public static RegistryError UploadUnknown() =>
        new(
            404,
            "BLOB_UPLOAD_UNKNOWN",
            "There is no such upload in this repository: it has ended or was never begun, or its location has expired. "
            + "Begin another with POST.");

    public static RegistryError UploadOutOfOrder(long offset) =>
        new(
            416,
            "BLOB_UPLOAD_INVALID",
            $"The upload goes on at byte {offset}. Ask its location with GET where it stands, and send what comes next.");

    public static RegistryError UploadInvalid(string message) => new(400, "BLOB_UPLOAD_INVALID", message);

    public static RegistryError TooManyChunks() =>
        new(413, "BLOB_UPLOAD_INVALID", "The upload consists of too many chunks; begin another and send fewer, larger ones.");

    public static RegistryError ContentLengthMismatch() =>
        new(400, "SIZE_INVALID", "The body is not as long as its Content-Range says; nothing of it was kept. Send the chunk again.");

    public static RegistryError DigestInvalid(string? text) =>
        new(400, "DIGEST_INVALID", $"{Quote(text)} is not a digest that the registry can use: it must be {Digest.Grammar}.");

    public static RegistryError AlgorithmInvalid(string text) =>
        new(400, "DIGEST_INVALID", $"{Quote(text)} is not a digest algorithm that the registry knows: use sha256 or sha512.");

    public static RegistryError DigestMismatch(Digest stated, Digest? actual) =>
        new(400, "DIGEST_INVALID", $"What was uploaded has the digest {actual}, not {stated}. Send it again, or name its own digest.");

    public static RegistryError ReferenceUnknown(Digest? digest) =>
        new(
            400,
            "MANIFEST_BLOB_UNKNOWN",
            $"The manifest references {digest}, which this repository does not have. Push it before the manifest.");

    public static RegistryError ManifestInvalid(string message) => new(400, "MANIFEST_INVALID", message);

    public static RegistryError ManifestTooLarge() =>
        new(413, "MANIFEST_INVALID", $"A manifest may have {Manifest.MaxSize} bytes at most; move content into blobs.");

    public static RegistryError ManifestUnknown(string reference) =>
        new(404, "MANIFEST_UNKNOWN", $"The repository has no manifest {Quote(reference)}.");

    public static RegistryError DeletedUnknown(string reference) =>
        new(
            404,
            "MANIFEST_UNKNOWN",
            $"Nothing called {Quote(reference)} was deleted in the repository lately; what can be restored is listed at "
            + "…/_registry/deleted/list.");

    public static RegistryError RestoredTagExists(string tag, Digest digest) =>
        new(
            409,
            "DENIED",
            $"The tag {Quote(tag)} points to another manifest by now. It pointed to {digest}: restore that by its digest, if it "
            + "was deleted too, and push it under another tag.");

    public static RegistryError RestoredManifestGone(string tag, Digest digest) =>
        new(404, "MANIFEST_UNKNOWN", $"The tag {Quote(tag)} pointed to {digest}, which cannot be restored any more. Push it again.");

    public static RegistryError TagInvalid(string text) =>
        new(400, "MANIFEST_INVALID", $"{Quote(text)} is neither a tag nor a digest: a tag is {Tag.Grammar}.");

    public static RegistryError TooManyTags(int most) =>
        new(414, "MANIFEST_INVALID", $"A push may set {most} tags at most; set the others with further pushes.");

    public static RegistryError ConditionFailed(string reference) =>
        new(
            412,
            "DENIED",
            $"{Quote(reference)} is not what If-Match or If-None-Match demands: someone else has pushed it. Get it again and decide anew.");

    public static RegistryError ConditionInvalid() =>
        new(400, "MANIFEST_INVALID", "If-Match must be \"*\" or entity tags in double quotes, and If-None-Match of a push must be \"*\".");

    public static RegistryError NameInvalid(string text) =>
        new(400, "NAME_INVALID", $"{Quote(text)} is not the name of a repository: it must be {RepositoryName.Grammar}.");

    public static RegistryError NameUnknown(RepositoryName name) =>
        new(404, "NAME_UNKNOWN", $"There is no repository {name}. It begins to exist with the first manifest that is pushed to it.");

    public static RegistryError BlobNeeded(Digest digest, string neededBy) =>
        new(405, "UNSUPPORTED", $"The blob {digest} is needed by the manifest {neededBy}; delete that first.") { Allow = "GET, HEAD" };

    public static RegistryError PageInvalid() =>
        new(400, "UNSUPPORTED", "The query parameter n must be a whole number, 0 or more.");

    public static RegistryError LastInvalid() =>
        new(400, "UNSUPPORTED", "The query parameter last must be an item of the list, as an earlier page gave it.");

    public static RegistryError RangeInvalid(long size) =>
        new(416, "SIZE_INVALID", $"The blob has {size} bytes, and none of them are in the range that was asked for.")
        {
            ContentRange = $"bytes */{size}",
        };

    public static RegistryError PathUnknown() =>
        new(
            404,
            "UNSUPPORTED",
            "The distribution API has no such path. It begins with /v2/<name>/ and manifests, blobs, tags or referrers.");

    public static RegistryError MethodNotAllowed(string allow) =>
        new(405, "UNSUPPORTED", $"This path has the methods {allow}.") { Allow = allow };

    public static RegistryError Contention() =>
        new(429, "TOOMANYREQUESTS", "Too many others are changing the same content; try again.") { RetryAfter = 1 };

    public static RegistryError StorageBusy() =>
        new(429, "TOOMANYREQUESTS", "The storage account takes no more requests for the moment; try again.") { RetryAfter = 5 };

    public static RegistryError StorageUnavailable() =>
        new(503, "UNAVAILABLE", "The storage account does not answer for the moment; try again.") { RetryAfter = 10 };

    public static RegistryError StillCopying() =>
        new(503, "UNAVAILABLE", "The storage is still putting the upload together; nothing is lost. Repeat this request.")
        {
            RetryAfter = 5,
        };

    public static RegistryError InternalError() =>
        new(500, "UNKNOWN", "The registry failed in a way that it was not made for. Its log says more.");

    internal async Task WriteAsync(HttpContext context)
    {
        var response = context.Response;
        response.Clear();
        response.SetCommonHeaders();
        response.StatusCode = Status;
        if (Allow is not null) response.Headers.Allow = Allow;
        if (Challenge is not null) response.Headers.WWWAuthenticate = Challenge;
        if (ContentRange is not null) response.Headers.ContentRange = ContentRange;
        if (RetryAfter is { } seconds) response.Headers.RetryAfter = seconds.Text();
        await response.WriteJsonAsync(new ErrorDocument([new ErrorEntry(Code, Message)]), Documents.Plain.ErrorDocument);
    }

    static string Describe(string rule) => $"the rule {Quote(rule)} on tags of the registry's policy";

    /// <summary>Input in a message: short, and without anything that a terminal or a log would act upon.</summary>
    static string Quote(string? text)
    {
        if (string.IsNullOrEmpty(text)) return "''";
        var safe = string.Concat(text.Take(80).Select(c => c is >= ' ' and <= '~' ? c : '?'));
        return text.Length > 80 ? $"'{safe}…'" : $"'{safe}'";
    }
}
