using System.Buffers;
using Microsoft.IO;

namespace Registry.Storage;

/// <summary>A block that an upload is filling, in pages of <see cref="UploadMemory"/>. Disposing returns them.</summary>
/// <param name="memory">Memory of all uploads.</param>
/// <param name="pages">Where its pages come from.</param>
/// <param name="minLength">See <see cref="UploadMemory.Begin"/>.</param>
sealed class FillingBlock(UploadMemory memory, RecyclableMemoryStreamManager pages, int minLength) : IDisposable
{
    /// <summary>Created with the first byte, since even an empty stream has a page.</summary>
    RecyclableMemoryStream? _content;
    bool _disposed;

    /// <summary>Number of bytes that have arrived.</summary>
    public int Length => (int)(_content?.Length ?? 0);

    /// <summary>Room for further bytes without another page.</summary>
    public int Free => (int)Size - Length;

    public ReadOnlySequence<byte> Content => _content?.GetReadOnlySequence() ?? default;

    /// <summary>Memory for the next bytes; requires <see cref="Free"/>.</summary>
    public Memory<byte> Next => (_content ??= pages.GetStream()).GetMemory(1);

    public void Advance(int count) => _content!.Advance(count);

    /// <summary>The bytes as a stream from their beginning. It ends with the block.</summary>
    public Stream AsStream()
    {
        if (_content is null) return Stream.Null;
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
