using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Registry.Http;

/// <summary>
/// Refuses every request in place of a registry whose settings are invalid, on hosts where a process that ends would take others with it.
/// Nothing is open then, and health probes fail.
/// </summary>
/// <remarks>Callers are not told which setting it is: the host logs that.</remarks>
public static class InvalidSettings
{
    /// <summary>Answers 503; <c>/healthz/live</c> with 200, since a new process would have the same settings.</summary>
    public static Task RefuseAsync(HttpContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        var path = context.Request.Path;
        if (path.StartsWithSegments("/healthz/live")) return HealthHandler.WriteAsync(context, HealthStatus.Healthy);
        return path.StartsWithSegments("/healthz")
            ? HealthHandler.WriteAsync(context, HealthStatus.Unhealthy)
            : RegistryError.SettingsInvalid().WriteAsync(context);
    }
}
