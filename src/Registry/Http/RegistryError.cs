using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>
/// An error response: a status, an error code of the distribution spec, and a message that states what happened, why, and what
/// to do. All error responses are defined in the parts of this record; endpoints return them, and <see cref="RegistryHandler"/> writes
/// them.
/// </summary>
/// <remarks>Distribution spec, "Error Codes". The spec does not bind codes to statuses; the pairs are the usual ones.</remarks>
public sealed partial record RegistryError(int Status, string Code, string Message)
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
