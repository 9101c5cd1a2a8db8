namespace Registry.Storage;

/// <summary>A received body: its blocks appended to those that the object had, or all of its bytes when it was small.</summary>
sealed class StagedBody(long length, StagedBlocks blocks, BlockBuffer? whole = null) : IDisposable
{
    /// <summary>Length of the body in bytes.</summary>
    public long Length => length;

    public StagedBlocks Blocks => blocks;

    /// <summary>The bytes of a body that was returned instead of staged; valid until this is disposed.</summary>
    public ReadOnlyMemory<byte>? Whole => whole?.Content;

    public void Dispose() => whole?.Dispose();
}
