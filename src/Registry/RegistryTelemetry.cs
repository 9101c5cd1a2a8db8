using Azure.Core;
using Azure.Monitor.OpenTelemetry.Exporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Registry.Access;
using Registry.Storage;

namespace Registry;

/// <summary>Exports telemetry to Application Insights if Azure's setting <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> is set.</summary>
/// <remarks>
/// The exporter authenticates with the identity of the registry, never with the key in that string, which the project's Bicep
/// disables. Requests are exported without the values of their query, which may be tokens.
/// </remarks>
public static class RegistryTelemetry
{
    const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>
    /// Exports the registry's own metrics and its audit log: for the Functions app, whose host exports requests itself, and log
    /// entries as text without their fields.
    /// </summary>
    public static IServiceCollection AddRegistrySignals(this IServiceCollection services, IConfiguration configuration)
    {
        if (ExporterOptionsFor(configuration) is not { } export) return services;
        AddMetrics(services)
            .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter(export))
            .WithLogging(logs => logs.AddAzureMonitorLogExporter(export));
        return services.AddLogging(
            logging => logging.AddFilter<OpenTelemetryLoggerProvider>((category, _) => category == AuditLog.Category));
    }

    /// <summary>Exports requests, log and metrics.</summary>
    public static IServiceCollection AddRegistryTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (ExporterOptionsFor(configuration) is not { } export) return services;
        AddMetrics(services)
            .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(
                requests => requests.Filter = context => !context.Request.Path.StartsWithSegments("/healthz")))
            .UseAzureMonitorExporter(export);
        return services;
    }

    static OpenTelemetryBuilder AddMetrics(IServiceCollection services) =>
        services.AddOpenTelemetry()
            .ConfigureResource(resource => resource.AddService("registry"))
            .WithMetrics(metrics => metrics.AddMeter(StorageTransactions.MeterName, ChallengeCounter.MeterName));

    static Action<AzureMonitorExporterOptions>? ExporterOptionsFor(IConfiguration configuration)
    {
        if (configuration[ConnectionString] is not { Length: > 0 } connection) return null;
        return options =>
        {
            options.ConnectionString = connection;
            options.Credential = FindCredential(configuration);
            // Every request, not the default of five per second: a failed request must be found.
            options.TracesPerSecond = null;
            options.SamplingRatio = 1;
            // Log entries are exported whether or not the trace of their request is sampled.
            options.EnableTraceBasedLogsSampler = false;
        };
    }

    /// <summary>Null where the registry has no credential either: with a connection string, as for the emulator.</summary>
    static TokenCredential? FindCredential(IConfiguration configuration)
    {
        var storage = configuration.GetSection($"{RegistryOptions.Section}:{nameof(RegistryOptions.Storage)}").Get<StorageOptions>();
        return storage is { BlobUri: not null } ? StorageAccount.FindCredential(storage) : null;
    }
}
