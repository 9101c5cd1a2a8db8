using System.Text;

namespace Registry.Http;

/// <summary>
/// The form of a response with several ranges, <c>multipart/byteranges</c> (RFC 9110, section 14.6): a part for each range, in the
/// order of the request. Parts are not merged: podman counts them.
/// </summary>
sealed class ByteRangeParts(IReadOnlyList<ByteRange> ranges, long size)
{
    /// <summary>
    /// Each range costs a read of the storage. podman, which asks for up to 1,024, halves their number until it is served.
    /// </summary>
    public const int MaxRanges = 128;

    // Random, so that it does not occur in the content that it separates.
    readonly string _boundary = Guid.NewGuid().ToString("N");

    public string ContentType => $"multipart/byteranges; boundary={_boundary}";

    public byte[] End => Encoding.ASCII.GetBytes($"\r\n--{_boundary}--\r\n");

    /// <summary>Length of the response body in bytes.</summary>
    public long Length => ranges.Sum(range => HeadOf(range).Length + range.Length) + End.Length;

    /// <summary>
    /// Whether a request may ask for these: not for many, and not for more than the blob, as overlapping ranges do (RFC 9110,
    /// section 14.2).
    /// </summary>
    public static bool Allows(IReadOnlyList<ByteRange> ranges, long size) =>
        ranges.Count <= MaxRanges && ranges.Sum(range => range.Length) <= size;

    /// <summary>What precedes the bytes of a range.</summary>
    public byte[] HeadOf(ByteRange range) => Encoding.ASCII.GetBytes(
        $"\r\n--{_boundary}\r\nContent-Type: application/octet-stream\r\nContent-Range: {range.ContentRange(size)}\r\n\r\n");
}
