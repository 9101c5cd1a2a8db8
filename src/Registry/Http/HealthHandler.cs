using System.Text;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Registry.Http;

/// <summary>
/// Health probes: <c>/healthz/live</c> states whether the process responds, <c>/healthz</c> whether the storage does, too.
/// </summary>
/// <remarks>Requires no authentication, so the body is one word; the log has the details.</remarks>
public sealed class HealthHandler(HealthCheckService health)
{
    public async Task HandleAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var status = context.Request.Path.Value?.TrimEnd('/') switch
        {
            "/healthz/live" => HealthStatus.Healthy,
            "/healthz" => (await health.CheckHealthAsync(context.RequestAborted)).Status,
            _ => (HealthStatus?)null,
        };
        await WriteAsync(context, status);
    }

    /// <summary>Writes the response to a probe; null for a path that is none.</summary>
    internal static async Task WriteAsync(HttpContext context, HealthStatus? status)
    {
        context.Response.StatusCode = status switch
        {
            null => StatusCodes.Status404NotFound,
            HealthStatus.Unhealthy => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status200OK,
        };
        context.Response.Headers.CacheControl = "no-store";
        if (status is { } result)
            await context.Response.WriteBodyAsync("text/plain", Encoding.ASCII.GetBytes(result.ToString()));
    }
}
