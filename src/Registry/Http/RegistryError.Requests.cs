namespace Registry.Http;

/// <content>Requests that are malformed, too large or too slow, and failures that are not the client's.</content>
public sealed partial record RegistryError
{
    public static RegistryError FormTooLarge() =>
        new(413, "UNSUPPORTED", "The form of the token request is too large. Send only the fields of the grant.");

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

    public static RegistryError Contention() =>
        new(429, "TOOMANYREQUESTS", "Too many concurrent requests change the same content. Retry later.") { RetryAfter = 1 };

    public static RegistryError StorageBusy() =>
        new(429, "TOOMANYREQUESTS", "The storage account throttles requests. Retry later.") { RetryAfter = 5 };

    public static RegistryError StorageUnavailable() =>
        new(503, "UNAVAILABLE", "The storage account does not respond. Retry later.") { RetryAfter = 10 };

    public static RegistryError MemoryExhausted() =>
        new(503, "UNAVAILABLE", "The registry has no memory left for this request. Retry later.") { RetryAfter = 10 };

    public static RegistryError SettingsInvalid() =>
        new(503, "UNAVAILABLE", "The registry refuses all requests, since its settings are invalid. Its log states what to correct.")
        {
            RetryAfter = 60,
        };

    public static RegistryError StillCopying() =>
        new(503, "UNAVAILABLE", "The storage is still assembling the upload; all of its data is kept. Repeat this request.")
        {
            RetryAfter = 5,
        };

    public static RegistryError InternalError(string requestId) =>
        new(500, "UNKNOWN", $"Internal error. See the registry's log, request id {requestId}.");
}
