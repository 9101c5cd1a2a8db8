using System.Buffers;
using Microsoft.IO;

namespace Registry.Storage;

/// <summary>
/// A block that an upload is filling, in pages of <see cref="UploadMemory"/>. Its first bytes need none: else clients that send a byte
/// now and then would have all pages, and each of their bytes would become a block. Disposing returns the pages.
/// </summary>
/// <param name="memory">Memory of all uploads.</param>
/// <param name="pages">Where its pages come from.</param>
/// <param name="minLength">See <see cref="UploadMemory.Begin"/>.</param>
sealed class FillingBlock(UploadMemory memory, RecyclableMemoryStreamManager pages, int minLength) : IDisposable
{
    /// <summary>Bytes for which a block needs no page.</summary>
    internal const int StartSize = 1024;

    /// <summary>The first bytes, until there is a page; then they are in <see cref="_content"/>.</summary>
    byte[] _start = [];
    int _started;
    RecyclableMemoryStream? _content;
    bool _disposed;

    /// <summary>Number of bytes that have arrived.</summary>
    public int Length => (int)(_content?.Length ?? _started);

    /// <summary>Room for further bytes without another page.</summary>
    public int Free => Math.Max((int)Size, StartSize) - Length;

    public ReadOnlySequence<byte> Content => _content?.GetReadOnlySequence() ?? new(_start, 0, _started);

    /// <summary>Memory for the next bytes; requires <see cref="Free"/>.</summary>
    public Memory<byte> Next
    {
        get
        {
            if (Size == 0)
            {
                if (_start.Length == 0) _start = new byte[StartSize];
                return _start.AsMemory(_started);
            }
            if (_content is null)
            {
                var content = pages.GetStream();
                content.Write(_start.AsSpan(0, _started));
                (_content, _start) = (content, []);
            }
            return _content.GetMemory(1);
        }
    }

    public void Advance(int count)
    {
        if (_content is null) _started += count;
        else _content.Advance(count);
    }

    /// <summary>The bytes as a stream from their beginning. It ends with the block.</summary>
    public Stream AsStream()
    {
        if (_content is null) return new MemoryStream(_start, 0, _started, writable: false);
        _content.Position = 0;
        return _content;
    }

    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        // First: others look at the blocks that are being filled.
        memory.Seal(this);
        _content?.Dispose();
        memory.Return(this);
    }

    // The rest belongs to UploadMemory, and is protected by its lock.
    internal int MinLength => minLength;

    /// <summary>Bytes of its pages.</summary>
    internal long Size { get; set; }

    /// <summary>When it got its first page.</summary>
    internal long Since { get; set; }

    /// <summary>Its place among the blocks that are being filled.</summary>
    internal LinkedListNode<FillingBlock>? Node { get; set; }

    /// <summary>Completes when it gets a page, or with false when it is to be staged.</summary>
    internal TaskCompletionSource<bool>? Memory { get; set; }

    /// <summary>Completes when it is to be staged while its upload waits for the client.</summary>
    internal TaskCompletionSource? Offered { get; set; }

    internal bool IsOffered { get; set; }

    internal bool IsAsked { get; set; }
}
