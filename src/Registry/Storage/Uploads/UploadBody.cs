namespace Registry.Storage;

/// <summary>The body of an upload request.</summary>
/// <param name="Content">Stream of its bytes, as they arrive.</param>
/// <param name="Length">Length in bytes, if the client sent Content-Length; else null.</param>
/// <param name="Range">Its range within the upload, if the client sent Content-Range; else null.</param>
public readonly record struct UploadBody(Stream Content, long? Length, ChunkRange? Range)
{
    /// <summary>Where the body begins: what it states itself counts more than the location that it was sent to.</summary>
    internal long OffsetAt(SessionReference session) => Range?.First ?? session.Offset;
}

/// <summary>The range that a chunk states: offsets of its first and last byte, both included.</summary>
public readonly record struct ChunkRange(long First, long Last)
{
    public long Length => Last - First + 1;
}
