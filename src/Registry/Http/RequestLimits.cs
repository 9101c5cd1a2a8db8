using Microsoft.AspNetCore.Http;

namespace Registry.Http;

/// <summary>
/// The sizes of path, query and headers. Kestrel refuses what is far larger, with an empty body and before any code of the registry
/// runs, so it is told to accept more than these.
/// </summary>
static class RequestLimits
{
    public const int MaxPathAndQuery = 8 * 1024;

    public const int MaxHeaders = 32 * 1024;

    /// <summary>What Kestrel accepts, as a multiple.</summary>
    public const int HostFactor = 4;

    /// <summary>Null when the request is within the limits.</summary>
    public static RegistryError? Check(HttpRequest request)
    {
        var path = request.PathBase.Value!.Length + request.Path.Value!.Length + request.QueryString.Value!.Length;
        if (path > MaxPathAndQuery) return RegistryError.UriTooLong(MaxPathAndQuery);
        var headers = 0;
        foreach (var (name, values) in request.Headers)
        {
            foreach (var value in values) headers += name.Length + (value?.Length ?? 0);
        }
        return headers > MaxHeaders ? RegistryError.HeadersTooLarge(MaxHeaders) : null;
    }
}
