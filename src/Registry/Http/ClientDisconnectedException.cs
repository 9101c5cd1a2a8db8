using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>
/// The client's connection ended before its request did. Kestrel tells it by several exceptions, and only some time later by
/// <see cref="HttpContext.RequestAborted"/>.
/// </summary>
sealed class ClientDisconnectedException(Exception inner) : IOException("The client disconnected in the middle of its request.", inner)
{
    /// <summary>Kestrel's message, with status 400 as for malformed bodies.</summary>
    const string UnexpectedEnd = "Unexpected end of request content.";

    /// <summary>Whether an exception of a request's body says that the client has gone.</summary>
    public static bool Is(Exception exception) => exception switch
    {
        ConnectionAbortedException => true,
        BadHttpRequestException e => e.Message == UnexpectedEnd,
        // The size of a chunk that does not fit in a number.
        IOException { InnerException: OverflowException } => false,
        IOException => true,
        _ => false,
    };
}
