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
static class DelayingProxy
{
    const int SegmentSize = 64 * 1024;

    /// <summary>Segments on their way in one direction; more would only hide that the receiver is slow.</summary>
    const int MaxSegments = 1024;

    /// <summary>Starts a proxy that ends with this process.</summary>
    /// <param name="targetPort">Where the server listens on 127.0.0.1.</param>
    /// <param name="roundTrip">Delay of a request and its response together.</param>
    /// <returns>The port of the proxy.</returns>
    public static int Start(int targetPort, TimeSpan roundTrip)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start(backlog: 512);
        StartThread(() =>
        {
            while (true) Connect(listener.AcceptSocket(), targetPort, roundTrip / 2);
        });
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    static void Connect(Socket near, int targetPort, TimeSpan delay) => StartThread(() =>
    {
        using var client = near;
        using var server = new Socket(SocketType.Stream, ProtocolType.Tcp);
        server.Connect(IPAddress.Loopback, targetPort);
        client.NoDelay = server.NoDelay = true;
        var (requests, responses) = (Forward(client, server, delay), Forward(server, client, delay));
        requests.Join();
        responses.Join();
    });

    static Thread Forward(Socket from, Socket to, TimeSpan delay)
    {
        var segments = new BlockingCollection<(long Arrived, byte[] Bytes)>(MaxSegments);
        StartThread(() => Receive(from, segments));
        return StartThread(() => Send(segments, to, delay));
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

    static void Send(BlockingCollection<(long Arrived, byte[] Bytes)> segments, Socket to, TimeSpan delay)
    {
        foreach (var (arrived, bytes) in segments.GetConsumingEnumerable())
        {
            var left = Math.Round((delay - Stopwatch.GetElapsedTime(arrived)).TotalMilliseconds);
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

    static Thread StartThread(ThreadStart run)
    {
        var thread = new Thread(run, 256 * 1024) { IsBackground = true };
        thread.Start();
        return thread;
    }
}
