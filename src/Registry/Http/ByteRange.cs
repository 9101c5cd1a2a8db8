using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>A range of a blob: offset and length in bytes.</summary>
readonly record struct ByteRange(long Offset, long Length)
{
    /// <summary>Parses the Range header of a request (RFC 9110, section 14.1.2).</summary>
    /// <param name="request">The request, with or without the header.</param>
    /// <param name="size">Size of the blob in bytes.</param>
    /// <param name="ranges">
    /// The satisfiable ranges in the order of the request; null without the header, or with another unit, which must be ignored.
    /// </param>
    /// <returns>False when a range is invalid, or none is satisfiable: the blob has none of their bytes.</returns>
    public static bool TryParse(HttpRequest request, long size, out IReadOnlyList<ByteRange>? ranges)
    {
        ranges = null;
        if (request.Headers.Range.ToString() is not { Length: > 0 } header) return true;
        if (!header.StartsWith("bytes=", StringComparison.OrdinalIgnoreCase)) return true;
        var satisfiable = new List<ByteRange>();
        foreach (var text in header["bytes=".Length..].Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            if (!TryParse(text, size, out var range)) return false;
            if (range.Length > 0) satisfiable.Add(range);
        }
        ranges = satisfiable;
        return satisfiable.Count > 0;
    }

    /// <summary>The range of a blob of this size in the form of the Content-Range header.</summary>
    public string ContentRange(long size) => $"bytes {Offset.Text()}-{(Offset + Length - 1).Text()}/{size.Text()}";

    /// <param name="text">For example <c>0-499</c>, <c>500-</c>, or <c>-500</c> for the last 500 bytes.</param>
    /// <param name="size">Size of the blob in bytes.</param>
    /// <param name="range">Of length 0 when it is not satisfiable.</param>
    /// <returns>False when it is invalid.</returns>
    static bool TryParse(string text, long size, out ByteRange range)
    {
        range = default;
        if (text.Split('-') is not [var from, var to] || (from.Length == 0 && to.Length == 0)) return false;
        if (!TryNumber(from, out var first) || !TryNumber(to, out var last) || first > last) return false;

        var start = first ?? Math.Max(0, size - last!.Value);
        var end = first is null || last is null ? size - 1 : Math.Min(last.Value, size - 1);
        if (start <= end) range = new ByteRange(start, end - start + 1);
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
