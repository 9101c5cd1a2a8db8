using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>
/// The body of a request or response whose client must not be silent: each read and each write of a slice must end within a time,
/// however much went before.
/// </summary>
/// <param name="inner">The host's stream, which stays open.</param>
/// <param name="timeout">Longest silence.</param>
/// <param name="time">Clock.</param>
/// <param name="abort">Ends the connection of a client that does not read.</param>
sealed class IdleTimeoutStream(Stream inner, TimeSpan timeout, TimeProvider time, Action abort) : Stream
{
    /// <summary>Puts such streams before both bodies of a request.</summary>
    public static void Limit(HttpContext context, TimeSpan timeout, TimeProvider time)
    {
        var (request, response) = (Create(context.Request.Body), Create(context.Response.Body));
        (context.Request.Body, context.Response.Body) = (request, response);

        IdleTimeoutStream Create(Stream inner)
        {
            var stream = new IdleTimeoutStream(inner, timeout, time, context.Abort);
            context.Response.RegisterForDispose(stream);
            return stream;
        }
    }

    /// <summary>Bytes that a client must take within the timeout.</summary>
    const int SliceSize = 64 * 1024;

    /// <summary>Cancelled when a read takes too long. One for all reads, of which layers take many and most requests none.</summary>
    CancellationTokenSource? _idle;

    CancellationTokenSource? _linked;
    CancellationToken _linkedTo;

    public override bool CanRead => inner.CanRead;

    public override bool CanSeek => false;

    public override bool CanWrite => inner.CanWrite;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="BadHttpRequestException">408: the client has been silent for too long.</exception>
    /// <exception cref="ClientDisconnectedException">The client has gone.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        _idle ??= new CancellationTokenSource(Timeout.InfiniteTimeSpan, time);
        if (_linked is null || _linkedTo != cancellationToken)
        {
            _linked?.Dispose();
            _linked = CancellationTokenSource.CreateLinkedTokenSource(_idle.Token, _linkedTo = cancellationToken);
        }
        _idle.CancelAfter(timeout);
        try
        {
            return await inner.ReadAsync(buffer, _linked.Token);
        }
        catch (OperationCanceledException) when (_idle.IsCancellationRequested)
        {
            throw new BadHttpRequestException("The client was silent for too long.", StatusCodes.Status408RequestTimeout);
        }
        catch (Exception e) when (ClientDisconnectedException.Is(e))
        {
            throw new ClientDisconnectedException(e);
        }
        finally
        {
            _idle.CancelAfter(Timeout.InfiniteTimeSpan);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _linked?.Dispose();
            _idle?.Dispose();
        }
        base.Dispose(disposing);
    }

    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        for (; buffer.Length > SliceSize; buffer = buffer[SliceSize..])
            await InTimeAsync(inner.WriteAsync(buffer[..SliceSize], cancellationToken));
        await InTimeAsync(inner.WriteAsync(buffer, cancellationToken));
    }

    public override async Task FlushAsync(CancellationToken cancellationToken) =>
        await InTimeAsync(new ValueTask(inner.FlushAsync(cancellationToken)));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() => throw new NotSupportedException();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <summary>Waits for a write; the abort of the connection ends one that takes too long.</summary>
    async ValueTask InTimeAsync(ValueTask write)
    {
        if (!write.IsCompleted)
        {
            await using var timer = time.CreateTimer(_ => abort(), null, timeout, Timeout.InfiniteTimeSpan);
            await write;
            return;
        }
        await write;
    }
}
