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

/// <summary>What Application Insights is told, where the setting of Azure <c>APPLICATIONINSIGHTS_CONNECTION_STRING</c> names one.</summary>
/// <remarks>
/// It is written to with the identity of the registry, never with the key in that string: the Bicep of the project turns
/// the key off. Requests are told without the values of their query, where tokens stand.
/// </remarks>
public static class RegistryTelemetry
{
    const string ConnectionString = "APPLICATIONINSIGHTS_CONNECTION_STRING";

    /// <summary>
    /// The registry's own metrics and its audit log: for a host of which Azure watches the requests itself, and which passes on
    /// no more than the text of a log's entries.
    /// </summary>
    public static IServiceCollection AddRegistrySignals(this IServiceCollection services, IConfiguration configuration)
    {
        if (Find(configuration) is not { } export) return services;
        Measure(services)
            .WithMetrics(metrics => metrics.AddAzureMonitorMetricExporter(export))
            .WithLogging(logs => logs.AddAzureMonitorLogExporter(export));
        return services.AddLogging(logging => logging.AddFilter<OpenTelemetryLoggerProvider>((category, _) => category == AuditLog.Category));
    }

    /// <summary>Requests, log and metrics.</summary>
    public static IServiceCollection AddRegistryTelemetry(this IServiceCollection services, IConfiguration configuration)
    {
        if (Find(configuration) is not { } export) return services;
        Measure(services)
            .WithTracing(tracing => tracing.AddAspNetCoreInstrumentation(requests => requests.Filter = context => !context.Request.Path.StartsWithSegments("/healthz")))
            .UseAzureMonitorExporter(export);
        return services;
    }

    static OpenTelemetryBuilder Measure(IServiceCollection services) =>
        services.AddOpenTelemetry().ConfigureResource(resource => resource.AddService("registry")).WithMetrics(metrics => metrics.AddMeter(StorageTransactions.MeterName));

    static Action<AzureMonitorExporterOptions>? Find(IConfiguration configuration)
    {
        if (configuration[ConnectionString] is not { Length: > 0 } connection) return null;
        return options =>
        {
            options.ConnectionString = connection;
            options.Credential = FindCredential(configuration);
            // Every request, not the five in a second that are the default: one that failed must be found.
            options.TracesPerSecond = null;
            options.SamplingRatio = 1;
            // Nor does an entry of the log depend on whether somebody records the request that it belongs to.
            options.EnableTraceBasedLogsSampler = false;
        };
    }

    /// <summary>None where the registry itself has none: a connection string to an emulator, on somebody's own machine.</summary>
    static TokenCredential? FindCredential(IConfiguration configuration)
    {
        var storage = configuration.GetSection($"{RegistryOptions.Section}:{nameof(RegistryOptions.Storage)}").Get<StorageOptions>();
        return storage is { BlobUri: not null } ? StorageAccount.FindCredential(storage) : null;
    }
}
