using System.Net;
using System.Text.Json;
using Microsoft.Azure.Functions.Worker;
using Microsoft.Azure.Functions.Worker.Middleware;

namespace Registry.Functions;

/// <summary>
/// Sets the address of the client, which the audit log and the throttle of sign-ins use: the last entry of <c>X-Forwarded-For</c>, which
/// Azure's front end has appended.
/// </summary>
/// <remarks>
/// The Functions host overwrites the header with the address of its own peer, the front end, before the worker sees it
/// (azure-functions-host, issues 11254 and 10253). The headers as they came accompany the invocation. Without a front end, as with
/// <c>func start</c>, clients can state any address.
/// </remarks>
sealed class ClientAddress : IFunctionsWorkerMiddleware
{
    const string Header = "X-Forwarded-For";

    public Task Invoke(FunctionContext context, FunctionExecutionDelegate next)
    {
        if (context.GetHttpContext() is { } http
            && context.BindingContext.BindingData.TryGetValue("Headers", out var headers)
            && headers is string json
            && Read(json) is { } address)
        {
            http.Connection.RemoteIpAddress = address;
        }
        return next(context);
    }

    /// <summary>The last address of the header, which may have a port; null if there is none.</summary>
    static IPAddress? Read(string headers)
    {
        using var document = JsonDocument.Parse(headers);
        var forwarded = document.RootElement.EnumerateObject()
            .FirstOrDefault(header => header.Name.Equals(Header, StringComparison.OrdinalIgnoreCase));
        return forwarded.Value.ValueKind == JsonValueKind.String
            && IPEndPoint.TryParse(forwarded.Value.GetString()!.Split(',')[^1].Trim(), out var endpoint)
                ? endpoint.Address
                : null;
    }
}
