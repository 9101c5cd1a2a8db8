using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Registry.Benchmarks;

/// <summary>
/// A TCP proxy on 127.0.0.1 that puts a server at a distance: it forwards what arrives in either direction, in order, half a round trip
/// later. It does not limit throughput. Opening a connection takes no round trip.
/// </summary>
/// <remarks>Threads that sleep are precise to a millisecond, timers of .NET to several.</remarks>
sealed class DelayingProxy : IDisposable
{
    const int SegmentSize = 64 * 1024;

    /// <summary>Segments on their way in one direction; more would only hide that the receiver is slow.</summary>
    const int MaxSegments = 1024;

    readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    readonly IPEndPoint _target;
    readonly TimeSpan _delay;

    public DelayingProxy(int targetPort, TimeSpan roundTrip)
    {
        (_target, _delay) = (new IPEndPoint(IPAddress.Loopback, targetPort), roundTrip / 2);
        _listener.Start(backlog: 512);
        Start(Accept);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void Dispose() => _listener.Dispose();

    void Accept()
    {
        try
        {
            while (true)
            {
                var near = _listener.AcceptSocket();
                var far = new Socket(SocketType.Stream, ProtocolType.Tcp);
                far.Connect(_target);
                near.NoDelay = far.NoDelay = true;
                Start(() =>
                {
                    using (near)
                    using (far)
                    {
                        var (request, response) = (Forward(near, far), Forward(far, near));
                        request.Join();
                        response.Join();
                    }
                });
            }
        }
        catch (SocketException) when (!_listener.Server.IsBound)
        {
            // Disposed.
        }
    }

    Thread Forward(Socket from, Socket to)
    {
        var segments = new BlockingCollection<(long Arrived, byte[] Bytes)>(MaxSegments);
        Start(() => Receive(from, segments));
        return Start(() => Send(segments, to));
    }

    /// <summary>An empty segment is the end of the stream; a connection that was aborted ends, too.</summary>
    static void Receive(Socket from, BlockingCollection<(long Arrived, byte[] Bytes)> segments)
    {
        var buffer = new byte[SegmentSize];
        int read;
        do
        {
            try
            {
                read = from.Receive(buffer);
            }
            catch (SocketException)
            {
                read = 0;
            }
            segments.Add((Stopwatch.GetTimestamp(), buffer[..read]));
        }
        while (read > 0);
    }

    void Send(BlockingCollection<(long Arrived, byte[] Bytes)> segments, Socket to)
    {
        foreach (var (arrived, bytes) in segments.GetConsumingEnumerable())
        {
            var left = Math.Round((_delay - Stopwatch.GetElapsedTime(arrived)).TotalMilliseconds);
            if (left > 0) Thread.Sleep((int)left);
            try
            {
                if (bytes.Length > 0)
                {
                    to.Send(bytes);
                    continue;
                }
                to.Shutdown(SocketShutdown.Send);
            }
            catch (SocketException)
            {
                // The receiver is gone; its own direction says so to the sender.
            }
            if (bytes.Length == 0) return;
        }
    }

    static Thread Start(ThreadStart run)
    {
        var thread = new Thread(run, 256 * 1024) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
