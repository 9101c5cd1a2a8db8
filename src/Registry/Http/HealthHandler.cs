using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Registry.Http;

/// <summary>What probes ask: <c>/healthz/live</c>, whether the process answers; <c>/healthz</c>, whether the storage does, too.</summary>
/// <remarks>Open to everyone, and so it says one word; the log says more.</remarks>
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
        context.Response.StatusCode = status switch
        {
            null => StatusCodes.Status404NotFound,
            HealthStatus.Unhealthy => StatusCodes.Status503ServiceUnavailable,
            _ => StatusCodes.Status200OK,
        };
        context.Response.Headers.CacheControl = "no-store";
        if (status is { } known) await context.Response.WriteBodyAsync("text/plain", System.Text.Encoding.ASCII.GetBytes(known.ToString()));
    }
}
