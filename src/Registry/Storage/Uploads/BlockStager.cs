using System.Buffers;
using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Azure.Storage.Blobs.Specialized;
using Registry.Hashing;

namespace Registry.Storage;

/// <summary>
/// Receives the body of one request into blocks of an object. It fills one block while earlier blocks, a few at a time, are hashed and
/// sent. <see cref="UploadMemory"/> bounds the memory, whatever the number, length and speed of the bodies.
/// </summary>
/// <remarks>
/// Staged blocks are invisible until they are committed. The ids of the blocks begin with random bytes of this request, so two
/// requests on one object never stage a block under the same id, and the blocks of a failed request are never committed.
/// </remarks>
/// <param name="blob">The object.</param>
/// <param name="digest">Running digest of its content; has the content of <paramref name="before"/>.</param>
/// <param name="before">Blocks that the object has.</param>
/// <param name="memory">Memory of all uploads.</param>
/// <param name="cancellationToken">Cancels requests to the storage.</param>
sealed class BlockStager(
    BlockBlobClient blob, RunningDigest digest, StagedBlocks before, UploadMemory memory, CancellationToken cancellationToken)
    : IAsyncDisposable
{
    /// <summary>Size in bytes of a full block. 50,000 blocks of 4 MiB make the largest blob: 195 GiB.</summary>
    public const int BlockSize = 4 * 1024 * 1024;

    public const int MaxInFlight = 4;

    readonly Queue<Task> _inFlight = new();
    readonly int _blocksBefore = before.Count;
    BlockRun _run = new(RandomNumberGenerator.GetBytes(BlockRun.RandomSize), 0);
    FillingBlock? _filling;

    /// <summary>Hashing of the received blocks, chained in their order.</summary>
    Task _hashing = Task.CompletedTask;

    /// <summary>Number of bytes received, of bodies and of <see cref="AddAsync"/>.</summary>
    public long Received { get; private set; }

    /// <summary>The deadline that begins with the first block; null for none.</summary>
    public CommitDeadline? Deadline { get; init; }

    /// <summary>All blocks of the object, in order; all are staged after <see cref="FlushAsync"/>.</summary>
    public StagedBlocks Blocks => _run.Count > 0 ? before.With(_run) : before;

    /// <summary>What was received after <see cref="Blocks"/>.</summary>
    public FillingBlock Rest => Filling;

    FillingBlock Filling => _filling ??= memory.Begin(MinLength(_blocksBefore + _run.Count));

    /// <summary>
    /// The length below which a block is not staged before it is full, if another can be. An upload can have 50,000 blocks, and is to have
    /// room for 97 GiB in them however slow its client is: so the later a block, the longer it has to be.
    /// </summary>
    internal static int MinLength(int blocksBefore) => (int)((long)BlockSize * blocksBefore / StagedBlocks.Max);

    /// <summary>Receives bytes that are in memory.</summary>
    public async Task AddAsync(ReadOnlyMemory<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (Filling.Free == 0 && !await memory.GrowAsync(Filling, cancellationToken))
            {
                await StageAsync();
                continue;
            }
            var count = Math.Min(bytes.Length, Filling.Next.Length);
            bytes[..count].CopyTo(Filling.Next);
            await AdvanceAsync(count);
            bytes = bytes[count..];
        }
    }

    /// <summary>Receives a body to its end, or until it cannot be read further.</summary>
    /// <param name="body">The body.</param>
    /// <param name="checkpoint">Saves what was received from time to time; null for none.</param>
    /// <param name="requestAborted">Cancels reading.</param>
    /// <returns>Why the body could not be read to its end; null when it was.</returns>
    public async Task<ExceptionDispatchInfo?> ReceiveAsync(
        UploadBody body, SessionWriter? checkpoint, CancellationToken requestAborted)
    {
        var end = Received + body.Length;
        while (Received != end)
        {
            if (checkpoint?.Due.IsCompleted == true && !await checkpoint.SaveAsync()) return null;
            // An empty read completes when bytes have arrived: an upload that waits for its client has memory only for what it received.
            // The read is never cancelled to do something else meanwhile, since Kestrel does not allow another read after that.
            var arrival = body.Content.ReadAsync(Memory<byte>.Empty, requestAborted);
            if (!arrival.IsCompletedSuccessfully)
            {
                var waiting = arrival.AsTask();
                if (!await WaitForClientAsync(waiting, checkpoint)) return null;
                if (await FindFailureAsync(waiting) is { } failed) return failed;
            }
            int? count;
            try
            {
                var hasRoom = Filling.Free > 0 || await memory.GrowAsync(Filling, requestAborted);
                count = hasRoom ? await body.Content.ReadAsync(Filling.Next, requestAborted) : null;
            }
            catch (Exception e)
            {
                return ExceptionDispatchInfo.Capture(e);
            }
            if (count == 0) return null;
            if (count is { } received) await AdvanceAsync(received);
            else await StageAsync();
        }
        return null;
    }

    /// <summary>Stages what was received, and waits until all blocks are staged and hashed.</summary>
    /// <param name="keep">A rest of this length is not staged.</param>
    public async Task FlushAsync(int keep = 0)
    {
        if (Filling.Length > keep) await StageAsync();
        while (_inFlight.TryDequeue(out var staging)) await staging;
    }

    public async ValueTask DisposeAsync()
    {
        // After a failure the other tasks still read from their blocks; their own failures add nothing.
        await Task.WhenAll(_inFlight).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _filling?.Dispose();
    }

    static async Task<ExceptionDispatchInfo?> FindFailureAsync(Task reading)
    {
        try
        {
            await reading;
            return null;
        }
        catch (Exception e)
        {
            return ExceptionDispatchInfo.Capture(e);
        }
    }

    /// <summary>
    /// Waits until bytes arrive; meanwhile stages the block if its memory is needed, and saves the session when it is time.
    /// </summary>
    /// <returns>Whether to go on.</returns>
    async Task<bool> WaitForClientAsync(Task arrival, SessionWriter? checkpoint)
    {
        while (!arrival.IsCompleted)
        {
            var filling = _filling is { Length: > 0 } ? _filling : null;
            var asked = filling is null ? null : memory.Offer(filling);
            List<Task> events = [arrival];
            if (asked is not null) events.Add(asked);
            if (checkpoint is not null) events.Add(checkpoint.Due);
            var first = await Task.WhenAny(events);
            if (filling is not null) memory.Withdraw(filling);
            if (first == asked) await StageAsync();
            else if (first != arrival && !await checkpoint!.SaveAsync()) return false;
        }
        return true;
    }

    async Task AdvanceAsync(int count)
    {
        Filling.Advance(count);
        Received += count;
        if (Filling.Length == BlockSize) await StageAsync();
    }

    /// <summary>Begins to send the block.</summary>
    async Task StageAsync()
    {
        if (_inFlight.Count == MaxInFlight) await _inFlight.Dequeue();
        var block = Filling;
        _filling = null;
        Deadline?.Begin();
        memory.Seal(block);
        _inFlight.Enqueue(StageAsync(_run.BlockId(_run.Count), block));
        _run = _run with { Count = _run.Count + 1 };
    }

    /// <summary>Sends one block and hashes it in parallel; then returns its memory.</summary>
    [ProtocolStep(ProtocolStep.StageBlocks)]
    async Task StageAsync(string id, FillingBlock block)
    {
        using (block)
        {
            var hashing = _hashing = AppendAfterAsync(_hashing, block.Content);
            try
            {
                await blob.StageBlockAsync(id, block.AsStream(), options: null, cancellationToken);
            }
            finally
            {
                await hashing;
            }
        }
    }

    /// <summary>Yields to another thread, so that receiving continues meanwhile.</summary>
    async Task AppendAfterAsync(Task before, ReadOnlySequence<byte> content)
    {
        await before.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        foreach (var part in content) digest.Append(part.Span);
    }
}
