using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>A part of a blob: first byte and count.</summary>
readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Which part of a blob the header Range asks for (RFC 9110, section 14.1.2).</summary>
    /// <param name="request">With or without the header.</param>
    /// <param name="size">Bytes of the blob.</param>
    /// <param name="range">Null when there is no header, or one that may be ignored: another unit, several parts.</param>
    /// <returns>False when the blob has none of the bytes that were asked for.</returns>
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

    /// <summary>An empty text is no number and no mistake; a number beyond all blobs is as good as the largest.</summary>
    static bool TryNumber(string text, out long? number)
    {
        number = null;
        if (text.Length == 0) return true;
        if (text.AsSpan().ContainsAnyExceptInRange('0', '9')) return false;
        number = long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) ? value : long.MaxValue;
        return true;
    }
}
