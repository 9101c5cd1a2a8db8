using Registry.Oci;

namespace Registry.Storage;

/// <summary>State of a session after a request, or why the request failed.</summary>
/// <param name="Session">Where the next request continues; null when none follows.</param>
/// <param name="Failure">Reason of the failure; null on success.</param>
/// <param name="Actual">Digest of the content, when it differs from the one that the client sent.</param>
public readonly record struct UploadResult(SessionReference? Session, UploadFailure? Failure = null, Digest? Actual = null)
{
    internal static UploadResult Failed(UploadFailure failure) => new(null, failure);

    /// <summary>The session is elsewhere than the request assumed.</summary>
    internal static UploadResult OutOfOrder(SessionReference session) => new(session, UploadFailure.OutOfOrder);
}

/// <summary>Why a request on an upload failed.</summary>
public enum UploadFailure
{
    /// <summary>The session does not exist in this repository, has ended or has expired.</summary>
    Unknown,

    /// <summary>The body does not begin where the last one ended, or another request has changed the session meanwhile.</summary>
    OutOfOrder,

    /// <summary>The length of the body differs from its Content-Range.</summary>
    ContentLengthMismatch,

    /// <summary>The content has a different digest.</summary>
    DigestMismatch,

    /// <summary>The upload has more blocks than Azure allows for an object.</summary>
    TooManyChunks,

    /// <summary>The storage is still copying; a retry will find the copy complete.</summary>
    StillCopying,
}
