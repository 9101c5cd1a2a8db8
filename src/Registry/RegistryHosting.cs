using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Registry.Http;
using Registry.Storage;

namespace Registry;

/// <summary>How a host takes the registry in: <c>AddRegistry</c>, then <c>MapRegistry</c> or <see cref="RegistryHandler"/> itself.</summary>
public static class RegistryHosting
{
    /// <summary>Adds the registry, set up by the section <c>Registry</c> of the configuration (<see cref="RegistryOptions"/>).</summary>
    public static IServiceCollection AddRegistry(this IServiceCollection services, IConfiguration configuration)
    {
        ArgumentNullException.ThrowIfNull(configuration);
        services.AddMetrics();
        services.TryAddSingleton(TimeProvider.System);
        // A setting that is misspelt would be a setting that has no effect.
        services.Configure<RegistryOptions>(configuration.GetSection(RegistryOptions.Section), binder => binder.ErrorOnUnknownConfiguration = true);
        services.AddSingleton<IValidateOptions<RegistryOptions>, RegistryOptionsCheck>();
        services.AddSingleton<StorageHealth>();
        services.AddHealthChecks().AddCheck<StorageHealth>("storage");
        return services
            .AddSingleton<StorageTransactions>()
            .AddSingleton<StorageAccount>()
            .AddSingleton<ManifestCache>()
            .AddSingleton<CatalogStore>()
            .AddSingleton<TagStore>()
            .AddSingleton<BlobStore>()
            .AddSingleton<DownloadLinks>()
            .AddSingleton<BlockBuffers>()
            .AddSingleton<SessionTokens>()
            .AddSingleton<UploadStore>()
            .AddSingleton<UploadFinisher>()
            .AddSingleton<ManifestStore>()
            .AddSingleton<ManifestWriter>()
            .AddSingleton<ReferrerStore>()
            .AddSingleton<ManifestEndpoints>()
            .AddSingleton<BlobEndpoints>()
            .AddSingleton<UploadEndpoints>()
            .AddSingleton<TagEndpoints>()
            .AddSingleton<ReferrerEndpoints>()
            .AddSingleton<CatalogEndpoints>()
            .AddSingleton<Access>()
            .AddSingleton<HealthHandler>()
            .AddSingleton<RegistryHandler>();
    }

    /// <summary>Takes away Kestrel's limits on what clients send, which are made for pages and forms.</summary>
    public static void ConfigureForRegistry(this KestrelServerOptions kestrel)
    {
        ArgumentNullException.ThrowIfNull(kestrel);
        kestrel.AddServerHeader = false;
        // Layers are of any size, and lines of any speed; whoever sends or takes nothing at all for two minutes has gone.
        kestrel.Limits.MaxRequestBodySize = null;
        // Of each connection, beside the buffers that uploads share.
        kestrel.Limits.MaxRequestBufferSize = 128 * 1024;
        var rate = new MinDataRate(bytesPerSecond: 1, gracePeriod: TimeSpan.FromMinutes(2));
        kestrel.Limits.MinRequestBodyDataRate = rate;
        kestrel.Limits.MinResponseDataRate = rate;
    }

    /// <summary>Serves the distribution API under <c>/v2</c>, and under <c>/healthz</c> whether it can.</summary>
    public static void MapRegistry(this IEndpointRouteBuilder endpoints)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        endpoints.Map("/v2/{**path}", (RequestDelegate)services.GetRequiredService<RegistryHandler>().HandleAsync);
        endpoints.Map("/healthz/{probe?}", (RequestDelegate)services.GetRequiredService<HealthHandler>().HandleAsync);
    }

    sealed class RegistryOptionsCheck : IValidateOptions<RegistryOptions>
    {
        public ValidateOptionsResult Validate(string? name, RegistryOptions options) =>
            options.FindFault() is { } fault ? ValidateOptionsResult.Fail(fault) : ValidateOptionsResult.Success;
    }
}
