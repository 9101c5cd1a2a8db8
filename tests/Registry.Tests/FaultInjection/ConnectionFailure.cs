using System.Net.Sockets;

namespace Registry.Tests.FaultInjection;

/// <summary>The ways in which HttpClient reports that a connection failed or a request took too long.</summary>
static class ConnectionFailure
{
    /// <remarks>
    /// A server that is killed while a client connects makes HttpClient throw the exception of the socket bare, or say that the
    /// socket or its stream is disposed.
    /// </remarks>
    public static bool Is(Exception e) =>
        e is HttpRequestException or IOException or SocketException or OperationCanceledException
        || (e is ObjectDisposedException disposed && (disposed.ObjectName.EndsWith("Socket", StringComparison.Ordinal)
            || disposed.ObjectName.EndsWith("Stream", StringComparison.Ordinal)));
}
