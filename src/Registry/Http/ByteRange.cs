using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>A range of a blob: offset and length in bytes.</summary>
readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Parses the Range header of a request (RFC 9110, section 14.1.2).</summary>
    /// <param name="request">The request, with or without the header.</param>
    /// <param name="size">Size of the blob in bytes.</param>
    /// <param name="range">The range; null without the header, or with one that may be ignored: another unit, several ranges.</param>
    /// <returns>False when the range is not satisfiable: the blob has none of its bytes.</returns>
    public static bool TryParse(HttpRequest request, long size, out ByteRange? range)
    {
        range = null;
        if (request.Headers.Range.ToString() is not { Length: > 0 } header) return true;
        if (!header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase) || header.Contains(',', StringComparison.Ordinal)) return true;
        if (header["bytes=".Length..].Trim().Split('-') is not [var from, var to] || (from.Length == 0 && to.Length == 0)) return false;
        if (!TryNumber(from, out var first) || !TryNumber(to, out var last)) return false;

        var start = first ?? Math.Max(0, size - last!.Value);
        var end = first is null || last is null ? size - 1 : Math.Min(last.Value, size - 1);
        if (start > end || (first is null && last == 0)) return false;
        range = new ByteRange(start, end - start + 1);
        return true;
    }

    /// <summary>Null for an empty text, which is valid. A number too large for a long becomes the largest.</summary>
    static bool TryNumber(string text, out long? number)
    {
        number = null;
        if (text.Length == 0) return true;
        if (text.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
        return true;
    }
}
