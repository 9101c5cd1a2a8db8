using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Conditional requests (RFC 9110, section 13). The entity tag of content is its digest, and strong.</summary>
static class Preconditions
{
    /// <summary>
    /// If-Match and If-None-Match of a request: clients that update a list, such as the referrers fallback tag, detect concurrent
    /// updates. Null without these headers.
    /// </summary>
    /// <returns>False for an invalid header. It must not count as no condition: it was meant to prevent a change.</returns>
    public static bool TryReadCondition(this HttpRequest request, out TagCondition? condition)
    {
        condition = null;
        // If-Match compares strongly, so a weak tag matches nothing; If-None-Match compares weakly (section 8.8.3.2).
        if (!TryRead(request.Headers.IfMatch, tag => !tag.IsWeak, out var match)) return false;
        if (!TryRead(request.Headers.IfNoneMatch, _ => true, out var noneMatch)) return false;
        if (match is not null || noneMatch is not null) condition = new TagCondition(match, noneMatch);
        return true;
    }

    /// <summary>
    /// Evaluates the condition of a GET or HEAD: the error of a failed If-Match; else whether the client has the content already,
    /// so that the answer is 304.
    /// </summary>
    public static (RegistryError? Error, bool IsNotModified) Evaluate(this HttpRequest request, Digest digest)
    {
        if (!request.TryReadCondition(out var condition)) return (RegistryError.ConditionInvalid(), false);
        if (condition is null || condition.Holds(digest)) return (null, false);
        var matches = (condition with { NoneMatch = null }).Holds(digest);
        return matches ? (null, true) : (RegistryError.ConditionFailed(digest.ToString()), false);
    }

    static bool TryRead(StringValues header, Func<EntityTagHeaderValue, bool> counts, out IReadOnlyCollection<string>? tags)
    {
        tags = null;
        if (header.Count == 0) return true;
        if (!EntityTagHeaderValue.TryParseStrictList(header, out var parsed)) return false;
        tags = [.. parsed.Where(counts).Select(tag => tag.Tag.Value!.Trim('"'))];
        return true;
    }
}
