using System.Diagnostics;
using System.Net;

namespace Registry.Tests.Server;

/// <summary>How the body of a request travels.</summary>
public enum Framing
{
    /// <summary>HTTP/1.1 with <c>Content-Length</c>.</summary>
    Length,

    /// <summary>HTTP/1.1 with <c>Transfer-Encoding: chunked</c>.</summary>
    Chunked,

    /// <summary>HTTP/2 with TLS.</summary>
    Http2,
}

/// <summary>The body of a request as over a slow line: at a rate, with a pause in it, or cut off.</summary>
sealed class SlowContent(ReadOnlyMemory<byte> content, Framing framing) : HttpContent
{
    const int PiecesPerSecond = 10;

    const int MaxPiece = 64 * 1024;

    static readonly TimeSpan s_lateness = TimeSpan.FromMilliseconds(200);

    /// <summary>Bytes per second; null for as many as the server takes.</summary>
    public int? Rate { get; init; }

    /// <summary>A pause, and the number of bytes after which it begins.</summary>
    public (int After, TimeSpan Time)? Pause { get; init; }

    /// <summary>
    /// Number of bytes after which the request is aborted: its connection is closed, or its stream of HTTP/2 reset. The client throws
    /// <see cref="HttpRequestException"/> with a <see cref="LineCutException"/> inside.
    /// </summary>
    public int? CutAfter { get; init; }

    protected override bool TryComputeLength(out long length)
    {
        length = content.Length;
        return framing != Framing.Chunked;
    }

    protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
        SerializeToStreamAsync(stream, context, CancellationToken.None);

    protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
    {
        var end = CutAfter ?? content.Length;
        var piece = Rate is { } bytes ? Math.Clamp(bytes / PiecesPerSecond, 1, MaxPiece) : MaxPiece;
        var watch = Stopwatch.StartNew();
        var due = TimeSpan.Zero;
        for (var sent = 0; sent < end;)
        {
            var next = Math.Min(end, sent + piece);
            if (Pause is { } coming && sent < coming.After) next = Math.Min(next, coming.After);
            await stream.WriteAsync(content[sent..next], cancellationToken);
            await stream.FlushAsync(cancellationToken);
            if (Pause is { } pause && next == pause.After) await Task.Delay(pause.Time, cancellationToken);
            if (Rate is { } rate)
            {
                // A line that was blocked does not catch up; timers that are late do.
                var latest = watch.Elapsed - s_lateness;
                due = (due > latest ? due : latest) + TimeSpan.FromSeconds((next - sent) / (double)rate);
                if (due - watch.Elapsed is { Ticks: > 0 } early) await Task.Delay(early, cancellationToken);
            }
            sent = next;
        }
        if (CutAfter is not null) throw new LineCutException();
    }
}

/// <summary>The line was cut where <see cref="SlowContent.CutAfter"/> says.</summary>
sealed class LineCutException() : IOException("The line was cut.");
