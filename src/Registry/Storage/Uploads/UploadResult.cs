using Registry.Oci;

namespace Registry.Storage;

/// <summary>State of a session after a request, or why the request failed.</summary>
/// <param name="Offset">Number of bytes received and acknowledged.</param>
/// <param name="Failure">Reason of the failure; null on success.</param>
/// <param name="Actual">Digest of the content, when it differs from the one that the client sent.</param>
public readonly record struct UploadResult(long Offset, UploadFailure? Failure = null, Digest? Actual = null)
{
    /// <summary>Token for the next request on the session; null when none follows.</summary>
    public string? Token { get; init; }
}

/// <summary>Why a request on an upload failed.</summary>
public enum UploadFailure
{
    /// <summary>The session does not exist in this repository or has ended, or the token is of another session or has expired.</summary>
    Unknown,

    /// <summary>The chunk does not begin where the last one ended, or another request has changed the session meanwhile.</summary>
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
