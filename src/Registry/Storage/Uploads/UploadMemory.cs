using System.Diagnostics;
using Microsoft.IO;

namespace Registry.Storage;

/// <summary>
/// Memory of all uploads of a process, in pages that are taken as bytes arrive. No upload holds any for bytes that are yet to come, so
/// a slow client occupies what it has sent. If memory is short, the uploads that have been filling a block for longest, while they
/// wait for their clients, are asked to stage what they have as a smaller block.
/// </summary>
/// <remarks>
/// Two limits, so that storage is used in large blocks: <see cref="Capacity"/> for all pages, and <see cref="MaxFilling"/> for blocks
/// that are being filled, above which no further block is begun. A block that is sent to the storage returns its pages within the
/// time of one storage request; a block that is being filled is asked for them. So an upload that waits for memory never waits for
/// the client of another.
/// </remarks>
public sealed class UploadMemory : IDisposable
{
    internal const int PageSize = 32 * 1024;

    /// <summary>Bytes of all pages: 32 MiB.</summary>
    internal const int Capacity = 32 * 1024 * 1024;

    /// <summary>Bytes of blocks that are being filled: no further block is begun above this.</summary>
    internal const int MaxFilling = Capacity * 3 / 4;

    /// <summary>Above this, blocks are asked for in advance, so that an upload seldom has to wait.</summary>
    const int FillingTarget = Capacity * 5 / 8;

    /// <summary>A client that fills a block within this time is not slow, and its block is soon returned anyway.</summary>
    static readonly TimeSpan s_minAge = TimeSpan.FromMilliseconds(500);

    static readonly TimeSpan s_checkInterval = TimeSpan.FromMilliseconds(100);

    readonly RecyclableMemoryStreamManager _pages = new(new RecyclableMemoryStreamManager.Options
    {
        BlockSize = PageSize,
        MaximumSmallPoolFreeBytes = Capacity,
        AggressiveBufferReturn = true,
    });

    readonly Lock _lock = new();

    /// <summary>Blocks that are being filled and have pages, the oldest first.</summary>
    readonly LinkedList<FillingBlock> _filling = [];

    readonly LinkedList<FillingBlock> _waiting = [];
    readonly Timer _timer;
    long _used;
    long _usedByFilling;

    /// <summary>Bytes of blocks that were asked to be staged and are not yet.</summary>
    long _asked;

    public UploadMemory() => _timer = new Timer(_ => Check());

    /// <summary>Bytes in use, for tests.</summary>
    internal long InUse
    {
        get { lock (_lock) return _used; }
    }

    public void Dispose() => _timer.Dispose();

    /// <summary>Begins a block, which has no memory yet.</summary>
    /// <param name="minLength">Shorter blocks are asked for last, since a blob has a limited number of blocks.</param>
    internal FillingBlock Begin(int minLength) => new(this, _pages, minLength);

    /// <summary>Adds a page to a block.</summary>
    /// <returns>False when the memory is needed elsewhere: the block is to be staged as it is.</returns>
    /// <exception cref="OperationCanceledException">The request was cancelled while it waited.</exception>
    internal ValueTask<bool> GrowAsync(FillingBlock block, CancellationToken cancellationToken)
    {
        TaskCompletionSource<bool> granted;
        lock (_lock)
        {
            if (block.IsAsked) return new(false);
            if (!HasWaiting(begun: block.Size > 0) && Fits(block))
            {
                Grant(block);
                AskForMemory();
                return new(true);
            }
            granted = block.Memory = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _waiting.AddLast(block);
            AskForMemory();
            if (!granted.Task.IsCompleted) _timer.Change(s_checkInterval, Timeout.InfiniteTimeSpan);
        }
        return new(WaitAsync(block, granted.Task, cancellationToken));
    }

    /// <summary>
    /// Tells that the block's upload waits for its client. The task completes when the block is to be staged as it is.
    /// </summary>
    internal Task Offer(FillingBlock block)
    {
        lock (_lock)
        {
            if (block.IsAsked) return Task.CompletedTask;
            block.Offered ??= new(TaskCreationOptions.RunContinuationsAsynchronously);
            block.IsOffered = true;
            AskForMemory();
            return block.Offered.Task;
        }
    }

    /// <summary>Tells that the client has sent more.</summary>
    internal void Withdraw(FillingBlock block)
    {
        lock (_lock) block.IsOffered = false;
    }

    /// <summary>Tells that the block is full or is being staged: its pages will be returned.</summary>
    internal void Seal(FillingBlock block)
    {
        lock (_lock)
        {
            if (block.Node is null) return;
            _filling.Remove(block.Node);
            block.Node = null;
            _usedByFilling -= block.Size;
            if (block.IsAsked) _asked -= block.Size;
            GrantWaiting();
        }
    }

    internal void Return(FillingBlock block)
    {
        Seal(block);
        lock (_lock)
        {
            _used -= block.Size;
            block.Size = 0;
            GrantWaiting();
        }
    }

    async Task<bool> WaitAsync(FillingBlock block, Task<bool> granted, CancellationToken cancellationToken)
    {
        try
        {
            return await granted.WaitAsync(cancellationToken);
        }
        finally
        {
            lock (_lock)
            {
                _waiting.Remove(block);
                block.Memory = null;
            }
        }
    }

    /// <summary>Whether others that would take the same memory came first.</summary>
    bool HasWaiting(bool begun) => _waiting.Any(waiting => waiting.Size > 0 == begun);

    bool Fits(FillingBlock block) =>
        _used + PageSize <= Capacity && (block.Size > 0 || _usedByFilling + PageSize <= MaxFilling);

    void Grant(FillingBlock block)
    {
        if (block.Size == 0)
        {
            block.Since = Stopwatch.GetTimestamp();
            block.Node = _filling.AddLast(block);
        }
        block.Size += PageSize;
        _used += PageSize;
        _usedByFilling += PageSize;
    }

    /// <summary>Blocks that have pages come first: they will be full and return them, and others begin then.</summary>
    void GrantWaiting()
    {
        GrantWaiting(begun: true);
        GrantWaiting(begun: false);
    }

    void GrantWaiting(bool begun)
    {
        for (var node = _waiting.First; node is not null;)
        {
            var (block, next) = (node.Value, node.Next);
            if (block.Size > 0 == begun)
            {
                if (!Fits(block)) return;
                _waiting.Remove(node);
                Grant(block);
                block.Memory!.TrySetResult(true);
            }
            node = next;
        }
    }

    void Check()
    {
        lock (_lock)
        {
            AskForMemory();
            if (_waiting.Count > 0) _timer.Change(s_checkInterval, Timeout.InfiniteTimeSpan);
        }
    }

    /// <summary>Asks for as many blocks as are needed beyond those that are on their way back: the oldest first.</summary>
    void AskForMemory()
    {
        var growing = _waiting.Count(block => block.Size > 0);
        var isFull = growing > 0 && _used == _usedByFilling;
        var needed = Math.Max(0, _usedByFilling + ((_waiting.Count - growing) * (long)PageSize) - FillingTarget)
            + (isFull ? growing * (long)PageSize : 0) - _asked;
        needed = AskForMemory(needed, isFull, respectMinLength: true);
        if (_waiting.Count > 0) AskForMemory(needed, isFull, respectMinLength: false);
    }

    long AskForMemory(long needed, bool isFull, bool respectMinLength)
    {
        for (var node = _filling.First; node is not null && needed > 0; node = node.Next)
        {
            var block = node.Value;
            if (!isFull && Stopwatch.GetElapsedTime(block.Since) < s_minAge) break;
            if (block.IsAsked || block.Length == 0 || (respectMinLength && block.Length < block.MinLength)) continue;
            if (!block.IsOffered && block.Memory is null) continue;
            block.IsAsked = true;
            _asked += block.Size;
            needed -= block.Size;
            block.Offered?.TrySetResult();
            if (block.Memory is { } memory)
            {
                _waiting.Remove(block);
                memory.TrySetResult(false);
            }
        }
        return needed;
    }
}
