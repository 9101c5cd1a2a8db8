using System.Buffers;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Registry.Oci;
using Registry.Storage;

namespace Registry.Http;

/// <summary>Conditional requests (RFC 9110, section 13). The entity tag of content is its digest, and strong.</summary>
static class Preconditions
{
    /// <summary>Blanks and control characters.</summary>
    static readonly SearchValues<char> s_notInTags = SearchValues.Create([.. Enumerable.Range(0, 33).Append(127).Select(c => (char)c)]);

    /// <summary>
    /// If-Match and If-None-Match of a request: clients that update a list, such as the referrers fallback tag, detect concurrent
    /// updates. Null without these headers.
    /// </summary>
    /// <returns>False for an invalid header. It must not count as no condition: it was meant to prevent a change.</returns>
    public static bool TryReadCondition(this HttpRequest request, out Precondition? condition)
    {
        condition = null;
        // If-Match compares strongly, so a weak tag matches nothing; If-None-Match compares weakly (section 8.8.3.2).
        if (!TryRead(request.Headers.IfMatch, acceptsWeak: false, out var match)) return false;
        if (!TryRead(request.Headers.IfNoneMatch, acceptsWeak: true, out var noneMatch)) return false;
        if (match is not null || noneMatch is not null) condition = new Precondition(match, noneMatch);
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

    /// <summary>
    /// Parses <c>*</c> or a list of entity tags (RFC 9110, section 8.8.3). ASP.NET's reader throws on a list that ends in <c>W/</c>.
    /// </summary>
    static bool TryRead(StringValues header, bool acceptsWeak, out IReadOnlyCollection<string>? tags)
    {
        tags = null;
        if (header.Count == 0) return true;
        var rest = string.Join(',', header.ToArray()).AsSpan().Trim(" \t");
        if (rest is "*")
        {
            tags = ["*"];
            return true;
        }
        var (found, read) = (new List<string>(), 0);
        for (rest = rest.TrimStart(" \t,"); !rest.IsEmpty; rest = rest.TrimStart(" \t,"), read++)
        {
            var isWeak = rest.StartsWith("W/", StringComparison.Ordinal);
            if (isWeak) rest = rest[2..];
            var length = rest is ['"', ..] ? rest[1..].IndexOf('"') : -1;
            if (length < 0) return false;
            var tag = rest.Slice(1, length);
            if (tag.ContainsAny(s_notInTags)) return false;
            if (acceptsWeak || !isWeak) found.Add(tag.ToString());
            rest = rest[(length + 2)..].TrimStart(" \t");
            if (rest is not [] and not [',', ..]) return false;
        }
        tags = found;
        return read > 0;
    }
}
